import type { InRecord, OutRecord } from '../../src/infra/message-bus/port.ts';

export const aRecord = (topic: string, key: string, value: string): OutRecord => ({
  topic,
  key,
  value: Buffer.from(value),
  headers: [],
});

export const valueOf = ({ value }: InRecord): string => Buffer.from(value ?? []).toString();
