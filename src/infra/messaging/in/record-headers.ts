import type { InRecord } from '../../message-bus/port.ts';
import { decoded } from '../../strict-input/strict-json.ts';
import { CONVERSATIONS } from '../../../domain/conversation.ts';

/** The headers that mean something to us, in lower case. Whatever else a record carries is its own business. */
const KNOWN = [
  'servicename',
  'x-service-name',
  'flowid',
  'orchname',
  'stepname',
  'action',
  'attempt',
  'status',
  'errormessage',
  'skald-origin',
  ...CONVERSATIONS,
] as const;
export type KnownHeader = (typeof KNOWN)[number];

export type RecordHeaders = {
  readonly get: (name: KnownHeader) => string | undefined;
  /** Of any header, its name in lower case. */
  readonly bytes: (name: string) => Uint8Array | undefined;
};
export type ReadHeaders =
  | { readonly kind: 'ok'; readonly headers: RecordHeaders }
  | { readonly kind: 'flawed'; readonly name: KnownHeader };

const isKnown = (name: string): name is KnownHeader => KNOWN.some((known) => known === name);

/** Names in any case; of two with the same name the last one counts, as everywhere on Kafka. */
export const readHeaders = (record: InRecord): ReadHeaders => {
  const texts = new Map<KnownHeader, string>();
  for (const [given, value] of record.headers) {
    const name = given.toLowerCase();
    if (!isKnown(name)) continue;
    const text = decoded(value);
    if (text === undefined) return { kind: 'flawed', name };
    texts.set(name, text);
  }
  const bytes = (name: string): Uint8Array | undefined =>
    record.headers.findLast(([given]) => given.toLowerCase() === name)?.[1];
  return { kind: 'ok', headers: { get: (name) => texts.get(name), bytes } };
};
