// A record that was refused, and the dead letter that it became, as retention and erasure find them.
import { sealRecord } from '../../src/commands/dead-letter/letter-content.ts';
import { recordCommandIdOf } from '../../src/commands/deterministic-ids.ts';
import { headersContext, valueContext } from '../../src/domain/dead-letter/seal-context.ts';
import type { Keys } from '../../src/infra/keys/port.ts';
import type { InRecord } from '../../src/infra/message-bus/port.ts';
import * as letter from './letters.ts';

export const refusedRecord: InRecord = {
  ...{ topic: 'local.flyt.event.instance-received', partition: 0, offset: '3', timestamp: 1_700_000_000_000 },
  ...{ key: null, value: Buffer.from('{'), headers: [['flyt.instance-flow-headers', Buffer.from('{}')]] },
};

/** Of the record as it came, or of its first edition. */
export const refusedCommand = (edition: 0 | 1 = 0): string =>
  recordCommandIdOf(
    'bus-1',
    edition === 0 ? refusedRecord : { ...refusedRecord, value: Buffer.from('{ }') },
    edition,
  );

/** The beginning of its letter, sealed under a key of its own. */
export const sealedLetter = async (keys: Keys, letterId: string) => {
  const keyId = await keys.reserve();
  const content = await sealRecord(keys, keyId, letterId, refusedRecord);
  const { topic, partition, offset, timestamp } = refusedRecord;
  const source = { bus: 'bus-1', topic, partition, offset, timestamp };
  const value = await keys.seal(keyId, valueContext(letterId, 1), Buffer.from('{ }'));
  const isOpen = async (sealed: typeof value, context: string): Promise<boolean> =>
    (await keys.open(sealed, context)) !== 'erased';
  return {
    parked: letter.parked({ ...content, source, sequence: null, keyId }),
    edited: { type: 'LetterEdited', data: { edition: 1, value, size: 3, reason: 'mended' } } as const,
    /** Whether any of it can be opened. */
    isReadable: async (): Promise<boolean> =>
      (await isOpen(content.headers, headersContext(letterId))) ||
      (await isOpen(value, valueContext(letterId, 1))),
  };
};
