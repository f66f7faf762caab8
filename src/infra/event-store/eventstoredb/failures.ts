import { ErrorType } from '@eventstore/db-client';

/** What a failed call means to the one who made it. */
export type Failure =
  /** Definite, nothing written. */
  | 'wrong_version'
  | 'stream_not_found'
  | 'stream_deleted'
  | 'append_too_large'
  /** Too large for this client to receive: it can never be read. */
  | 'event_too_large'
  /** The node is not the leader; who is stands in `leaderIn`. */
  | 'not_leader'
  | 'denied'
  /** The client may be in a state it does not leave by itself: it needs a new one. */
  | 'broken'
  /** Anything else: it may have happened or not, and may go away. */
  | 'unknown';

const BY_EXCEPTION: Readonly<Record<string, Failure>> = {
  [ErrorType.WRONG_EXPECTED_VERSION]: 'wrong_version',
  [ErrorType.STREAM_NOT_FOUND]: 'stream_not_found',
  [ErrorType.STREAM_DELETED]: 'stream_deleted',
  [ErrorType.MAXIMUM_APPEND_SIZE_EXCEEDED]: 'append_too_large',
  [ErrorType.NOT_LEADER]: 'not_leader',
  [ErrorType.ACCESS_DENIED]: 'denied',
};

// gRPC status codes. The client itself connects anew on UNAVAILABLE and CANCELLED only.
const BY_CODE: Readonly<Record<number, Failure>> = {
  2: 'broken',
  7: 'denied',
  13: 'broken',
  15: 'broken',
  16: 'denied',
};

const RESOURCE_EXHAUSTED = 8;
const TOO_LARGE = /larger than max/;

/** Reads the server's own name for the failure first, then the status code. */
export const failureOf = (error: unknown): Failure => {
  const exception = metadataIn(error, 'exception');
  const named = exception === undefined ? undefined : BY_EXCEPTION[exception];
  if (codeIn(error) === RESOURCE_EXHAUSTED && error instanceof Error && TOO_LARGE.test(error.message))
    return 'event_too_large';
  return named ?? BY_CODE[codeIn(error) ?? 0] ?? 'unknown';
};

/** The address a NotLeader answer names, `host:port`. */
export const leaderIn = (error: unknown): string | undefined => {
  const host = metadataIn(error, 'leader-endpoint-host');
  const port = metadataIn(error, 'leader-endpoint-port');
  return host === undefined || port === undefined ? undefined : `${host}:${port}`;
};

const codeIn = (error: unknown): number | undefined =>
  error instanceof Error && 'code' in error && typeof error.code === 'number' ? error.code : undefined;

type Metadata = { readonly get: (key: string) => readonly unknown[] };

const metadataIn = (error: unknown, key: string): string | undefined => {
  if (!(error instanceof Error) || !('metadata' in error) || !isMetadata(error.metadata)) return undefined;
  const [value] = error.metadata.get(key);
  return typeof value === 'string' ? value : undefined;
};

const isMetadata = (value: unknown): value is Metadata =>
  typeof value === 'object' && value !== null && 'get' in value && typeof value.get === 'function';
