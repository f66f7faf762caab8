import {
  MongoBulkWriteError,
  MongoClientClosedError,
  MongoDriverError,
  MongoError,
  MongoNetworkError,
  MongoNotConnectedError,
  MongoOperationTimeoutError,
  MongoServerError,
  MongoServerSelectionError,
  MongoTopologyClosedError,
} from 'mongodb';

class MongoTrouble extends Error {
  readonly code: string;

  constructor(code: string, message: string) {
    super(message);
    this.code = code;
  }
}

/**
 * MongoDB did not answer, or answered that it cannot now: whether a write took effect is unknown. The same call again
 * is safe where the caller's writes are guarded.
 */
export class MongoUnavailable extends MongoTrouble {
  override readonly name = 'MongoUnavailable';
}

export const serverLost = (): MongoUnavailable =>
  new MongoUnavailable('ServerLost', 'MongoDB has no server that takes writes');

/** MongoDB or its driver refused the call for good: settings, rights, or a mistake of ours. The same again fails again. */
export class MongoRefused extends MongoTrouble {
  override readonly name = 'MongoRefused';
}

const UNAVAILABLE = [
  MongoNetworkError,
  MongoServerSelectionError,
  MongoOperationTimeoutError,
  MongoNotConnectedError,
  MongoTopologyClosedError,
  MongoClientClosedError,
] as const;

// What a server answers while it stops, elects or is overtaxed (the driver's retryable codes and time limits).
const TRANSIENT_CODES: ReadonlySet<number> = new Set([
  6, 7, 50, 63, 64, 89, 91, 133, 134, 150, 189, 262, 9001, 10058, 10107, 11600, 11602, 13388, 13435, 13436,
]);
const TRANSIENT_LABELS = ['RetryableWriteError', 'RetryableError', 'SystemOverloadedError'] as const;
export const DUPLICATE_KEY = 11_000;

/** False when the write was refused because another document has the same key: an upsert that lost a race, or an insert. */
export const unlessDuplicate = async <Result extends object>(
  write: Promise<Result>,
): Promise<Result | false> => {
  try {
    return await write;
  } catch (error) {
    if (error instanceof MongoServerError && error.code === DUPLICATE_KEY) return false;
    throw error;
  }
};

/**
 * What a failed driver call means. The driver's own error is not kept as the cause: it may carry the operation's
 * documents and, where the address is malformed, the address with its credentials.
 */
export const mongoTrouble = (error: unknown): Error => {
  if (!(error instanceof Error)) return new Error(String(error));
  if (!(error instanceof MongoError)) return lostSocket(error) ?? error;
  const code = codeOf(error);
  return isTransient(error)
    ? new MongoUnavailable(code, `MongoDB is not available: ${cleaned(error)}`)
    : new MongoRefused(code, `MongoDB refused the call: ${cleaned(error)}`);
};

// The driver lets through what Node says of a socket the server has ended at the moment of a write.
const SOCKET_CODES: ReadonlySet<unknown> = new Set([
  ...['EPIPE', 'ECONNRESET', 'ECONNREFUSED', 'ECONNABORTED', 'ETIMEDOUT', 'EHOSTUNREACH', 'ENETUNREACH'],
  ...['ERR_STREAM_DESTROYED', 'ERR_STREAM_WRITE_AFTER_END', 'ERR_STREAM_PREMATURE_CLOSE'],
]);

const lostSocket = (error: Error): MongoUnavailable | undefined =>
  'code' in error && SOCKET_CODES.has(error.code)
    ? new MongoUnavailable(String(error.code), 'MongoDB is not available: the connection was lost')
    : undefined;

const isTransient = (error: MongoError): boolean => {
  if (UNAVAILABLE.some((kind) => error instanceof kind)) return true;
  // The driver does not export this class: no connection became free in time.
  if (error instanceof MongoDriverError && error.name === 'MongoWaitQueueTimeoutError') return true;
  // A bulk write hides the error that ended it: what is left of a broken connection has no number and no failed write.
  if (error instanceof MongoBulkWriteError && typeof error.code !== 'number') return true;
  if (TRANSIENT_LABELS.some((label) => error.hasErrorLabel(label))) return true;
  return typeof error.code === 'number' && TRANSIENT_CODES.has(error.code);
};

const codeOf = (error: MongoError): string => {
  if (error instanceof MongoServerError && typeof error.codeName === 'string') return error.codeName;
  return error.code === undefined ? error.name : String(error.code);
};

const MAX_TEXT = 200;

/** Server texts may quote values (a duplicate key, a failed document): only the code of those is told. */
const cleaned = (error: MongoError): string => {
  const detail = error instanceof MongoServerError ? `code ${String(error.code)}` : error.message;
  return `${error.name}, ${withoutCredentials(detail).slice(0, MAX_TEXT)}`;
};

const withoutCredentials = (text: string): string => text.replace(/\/\/[^/\s]*@/g, '//***@');
