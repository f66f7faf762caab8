/**
 * What the promise brings, or `undefined` as soon as the signal aborts: what it brings or throws then is dropped.
 *
 * @throws what the promise rejects with before that
 */
export const unlessAborted = <Value>(
  promise: Promise<Value>,
  signal: AbortSignal,
): Promise<Value | undefined> =>
  new Promise((resolve, reject) => {
    const aborted = (): void => {
      resolve(undefined);
    };
    if (signal.aborted) aborted();
    signal.addEventListener('abort', aborted);
    promise.then(resolve, reject).finally(() => {
      signal.removeEventListener('abort', aborted);
    });
  });
