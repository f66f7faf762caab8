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

/** What Skald is told of an error that a handler threw. */
export const failureOf = (error: unknown): Failed => {
  const code = codeOf(error);
  return {
    status: 'FAILED',
    error: wholeCharacters(error instanceof Error ? error.message : String(error)),
    ...(code === undefined ? {} : { code }),
    retryable: !(error instanceof NonRetryable),
  };
};

const wholeCharacters = (text: string): string =>
  text.toWellFormed().replaceAll('\u0000', '').slice(0, MAX_ERROR).toWellFormed();

const codeOf = (error: unknown): string | undefined => {
  const code: unknown = error instanceof Error && 'code' in error ? error.code : undefined;
  const isOne = typeof code === 'string' && code !== '' && code.length <= MAX_CODE;
  return isOne ? code : undefined;
};
