import { storedHeaders } from '../../domain/dead-letter/headers.ts';
import type { StoredHeaders } from '../../domain/dead-letter/headers.ts';
import { headersContext, keyContext, valueContext } from '../../domain/dead-letter/seal-context.ts';
import type { Letter } from '../../domain/dead-letter/state.ts';
import type { KeyId } from '../../domain/sealed.ts';
import type { Keys } from '../../infra/keys/port.ts';
import type { Header, InRecord } from '../../infra/message-bus/port.ts';

/** The longest value that is kept whole, in bytes. */
export const MAX_VALUE_BYTES = 256 * 1024;
const MAX_KEY_BYTES = 16 * 1024;
/** Of all headers together, as they are written down: with the rest they must fit into one event. */
const MAX_HEADERS_BYTES = 64 * 1024;

/** Never written down, not even sealed: they would let a reader act as somebody else. */
const CREDENTIALS = new Set(['authorization', 'proxy-authorization', 'cookie', 'set-cookie']);

/** A record's bytes sealed under a letter's key; what is too long is cut, and named. */
export const sealRecord = async (keys: Keys, keyId: KeyId, letterId: string, record: InRecord) => {
  const headers = cutHeaders(record.headers);
  const seal = (context: string, bytes: Uint8Array | null, most: number) =>
    bytes === null ? Promise.resolve(null) : keys.seal(keyId, context, bytes.subarray(0, most));
  const [key, value, sealedHeaders] = await Promise.all([
    seal(keyContext(letterId), record.key, MAX_KEY_BYTES),
    seal(valueContext(letterId, 0), record.value, MAX_VALUE_BYTES),
    keys.seal(keyId, headersContext(letterId), headers.bytes),
  ]);
  const truncated = [
    ...(isLonger(record.key, MAX_KEY_BYTES) ? (['key'] as const) : []),
    ...(isLonger(record.value, MAX_VALUE_BYTES) ? (['value'] as const) : []),
    ...(headers.isCut ? (['headers'] as const) : []),
  ];
  return { key, value, headers: sealedHeaders, size: record.value?.length ?? null, truncated };
};

const isLonger = (bytes: Uint8Array | null, most: number): boolean => bytes !== null && bytes.length > most;

/** The record as it came, its value that of the current edition; `'erased'` once the key is destroyed. */
export const openRecord = async (
  keys: Pick<Keys, 'open'>,
  letterId: string,
  letter: Letter,
): Promise<InRecord | 'erased'> => {
  const { topic, partition, offset, timestamp } = letter.source;
  const key = letter.key === null ? null : await keys.open(letter.key, keyContext(letterId));
  const context = valueContext(letterId, letter.edition);
  const value = letter.value === null ? null : await keys.open(letter.value, context);
  const bytes = await keys.open(letter.headers, headersContext(letterId));
  if (key === 'erased' || value === 'erased' || bytes === 'erased') return 'erased';
  return { topic, partition, offset, timestamp, key, value, headers: headersIn(bytes) };
};

/** Headers as they were before they were sealed. */
const headersIn = (bytes: Uint8Array): readonly Header[] =>
  storedHeaders
    .parse(JSON.parse(Buffer.from(bytes).toString()))
    .map(([name, value]) => [name, Buffer.from(value, 'base64')]);

const cutHeaders = (headers: readonly Header[]) => {
  const kept: StoredHeaders = [];
  let left = MAX_HEADERS_BYTES;
  const wanted = headers.filter(([name]) => !CREDENTIALS.has(name.toLowerCase()));
  for (const [name, value] of wanted) {
    const pair: StoredHeaders[number] = [name, Buffer.from(value).toString('base64')];
    left -= Buffer.byteLength(JSON.stringify(pair)) + 1;
    if (left >= 0) kept.push(pair);
  }
  return { bytes: Buffer.from(JSON.stringify(kept)), isCut: left < 0 };
};
