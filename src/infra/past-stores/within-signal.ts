/** The result, or undefined where the signal aborts first. @throws what the work throws before that. */
export const withinSignal = async <Result>(
  work: Promise<Result>,
  signal: AbortSignal,
): Promise<Result | undefined> => {
  const ended = new AbortController();
  const aborted = new Promise<undefined>((resolve) => {
    const give = (): void => {
      resolve(undefined);
    };
    // Work that is done counts, also where the signal has aborted before.
    if (signal.aborted) setImmediate(give);
    signal.addEventListener('abort', give, { signal: ended.signal });
  });
  try {
    return await Promise.race([work, aborted]);
  } finally {
    ended.abort();
  }
};
