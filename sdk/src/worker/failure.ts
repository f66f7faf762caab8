type FailureOptions = {
  /** Matched against the step's `retry.nonRetryable`, and shown with the run. At most 80 characters. */
  readonly code?: string | undefined;
  readonly cause?: unknown;
};

/** The step failed for good: it is not tried again, what was done before it is undone. */
export class NonRetryable extends Error {
  override readonly name = 'NonRetryable';
  readonly code: string | undefined;

  constructor(message: string, options: FailureOptions = {}) {
    super(message, options.cause === undefined ? {} : { cause: options.cause });
    this.code = options.code;
  }
}

/** Why a handler's signal aborted: the task is somebody else's now, or will be. */
export class LeaseLost extends Error {
  override readonly name = 'LeaseLost';
}

/** Why a handler's signal aborted: the worker was stopped, and its time to finish is over. */
export class WorkerStopped extends Error {
  override readonly name = 'WorkerStopped';
}

const MAX_ERROR = 8192;
const MAX_CODE = 80;

export type Failed = {
  readonly status: 'FAILED';
  readonly error: string;
  readonly code?: string;
  readonly retryable: boolean;
};

/** What Skald is told of what a handler threw, whatever that is; never throws. */
export const failureOf = (error: unknown): Failed => {
  const code = codeOf(error);
  return {
    status: 'FAILED',
    error: wholeCharacters(messageOf(error)).slice(0, MAX_ERROR).toWellFormed(),
    ...(code === undefined ? {} : { code }),
    retryable: !isFinal(error),
  };
};

const isFinal = (error: unknown): boolean => {
  try {
    return error instanceof NonRetryable;
  } catch {
    return false;
  }
};

/** As Skald takes text: it refuses all that is sent together with half a character. */
const wholeCharacters = (text: string): string => text.toWellFormed().replaceAll('\u0000', '');

const messageOf = (error: unknown): string => {
  const message = memberOf(error, 'message');
  if (typeof message === 'string') return message;
  try {
    return String(error);
  } catch {
    return 'what was thrown cannot be shown as text';
  }
};

const codeOf = (error: unknown): string | undefined => {
  const code = memberOf(error, 'code');
  if (typeof code !== 'string') return undefined;
  const whole = wholeCharacters(code);
  return whole !== '' && whole.length <= MAX_CODE ? whole : undefined;
};

/** Errors of other realms, and objects thrown in their place, have what errors have; getters may throw themselves. */
const memberOf = (error: unknown, name: 'message' | 'code'): unknown => {
  try {
    return typeof error === 'object' && error !== null ? Reflect.get(error, name) : undefined;
  } catch {
    return undefined;
  }
};
