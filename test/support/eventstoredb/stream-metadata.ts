import type { LogRecord } from './log-types.ts';

export type StreamMetadata = {
  readonly maxCount?: bigint;
  readonly maxAgeSeconds?: number;
  readonly truncateBefore?: bigint;
};

/** What a soft delete writes: beyond every revision a stream can reach. */
const SOFT_DELETED = 9_000_000_000_000_000_000n;

export const isMetastream = (stream: string): boolean => stream.startsWith('$$');
export const metastreamOf = (stream: string): string => `$$${stream}`;

const numberOf = (value: unknown): number | undefined =>
  typeof value === 'number' && Number.isInteger(value) ? value : undefined;

const parsed = (data: Uint8Array): Record<string, unknown> => {
  try {
    const value: unknown = JSON.parse(Buffer.from(data).toString('utf8'));
    return typeof value === 'object' && value !== null ? { ...value } : {};
  } catch {
    return {};
  }
};

/** The last event of `$$stream`, as the server reads it; what it cannot parse has no effect. */
export const metadataOf = (stream: string, last: LogRecord | undefined): StreamMetadata => {
  if (isMetastream(stream)) return { maxCount: 1n };
  if (last === undefined) return {};
  const { $maxCount, $maxAge, $tb } = parsed(last.data);
  const maxCount = numberOf($maxCount);
  const maxAgeSeconds = numberOf($maxAge);
  const truncateBefore = numberOf($tb);
  return {
    ...(maxCount === undefined ? {} : { maxCount: BigInt(maxCount) }),
    ...(maxAgeSeconds === undefined ? {} : { maxAgeSeconds }),
    ...(truncateBefore === undefined ? {} : { truncateBefore: BigInt(truncateBefore) }),
  };
};

/** The same metadata with another `$tb`: a soft delete, or the first write after one. */
export const withTruncateBefore = (last: LogRecord | undefined, revision: bigint): Uint8Array => {
  const rest = Object.entries(last === undefined ? {} : parsed(last.data)).filter(([key]) => key !== '$tb');
  const text = JSON.stringify(Object.fromEntries(rest)).slice(0, -1);
  return Buffer.from(`${text}${rest.length > 0 ? ',' : ''}"$tb":${revision.toString()}}`);
};

export const isSoftDeleted = ({ truncateBefore }: StreamMetadata): boolean =>
  truncateBefore !== undefined && truncateBefore >= SOFT_DELETED;

/** Whether a read of the stream shows the record; reads of `$all` show it until it is scavenged. */
export const isRetained = (
  { revision, created }: LogRecord,
  metadata: StreamMetadata,
  end: { readonly last: bigint; readonly now: number },
): boolean => {
  const { maxCount, maxAgeSeconds, truncateBefore } = metadata;
  if (truncateBefore !== undefined && revision < truncateBefore) return false;
  if (maxCount !== undefined && revision <= end.last - maxCount) return false;
  return maxAgeSeconds === undefined || created >= end.now - maxAgeSeconds * 1000;
};
