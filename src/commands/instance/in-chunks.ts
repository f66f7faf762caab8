/** Judged together, after one look at what may need them; what is written of them shares commits of the log. */
const AT_ONCE = 250;

/** Takes all ids in, some at a time; ends early, with false, when the signal aborts. */
export const inChunks = async (
  pages: AsyncIterable<readonly string[]>,
  signal: AbortSignal,
  take: (ids: readonly string[]) => Promise<void>,
): Promise<boolean> => {
  for await (const page of pages) {
    for (let start = 0; start < page.length; start += AT_ONCE) {
      if (signal.aborted) return false;
      await take(page.slice(start, start + AT_ONCE));
    }
  }
  return !signal.aborted;
};
