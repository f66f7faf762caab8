/** Judged together, after one look at what may need them; what is written of them shares commits of the log. */
const AT_ONCE = 250;

/** Takes all ids in, `atOnce` at a time; ends early, with false, when the signal aborts. */
export const inChunks = async (
  pages: AsyncIterable<readonly string[]>,
  signal: AbortSignal,
  take: (ids: readonly string[]) => Promise<void>,
  atOnce = AT_ONCE,
): Promise<boolean> => {
  for await (const page of pages) {
    for (let start = 0; start < page.length; start += atOnce) {
      if (signal.aborted) return false;
      await take(page.slice(start, start + atOnce));
    }
  }
  return !signal.aborted;
};
