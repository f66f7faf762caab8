/** Pieces of work, and how to have their source end where it is, also while it waits for more. */
type Pieces<Piece> = { readonly of: AsyncGenerator<Piece>; readonly stop: () => void };

/**
 * Takes pieces until there are none, so many at a time; after a failure no further one is begun or waited for.
 * @throws what `work` threw
 */
export const inFlight = async <Piece>(
  lanes: number,
  pieces: Pieces<Piece>,
  work: (piece: Piece) => Promise<void>,
): Promise<void> => {
  const failed = new AbortController();
  const lane = async (): Promise<void> => {
    for (;;) {
      const next = await pieces.of.next();
      // What had been gathered when the source was stopped is one more piece.
      if (next.done === true || failed.signal.aborted) return;
      await work(next.value);
    }
  };
  const stopping = (error: unknown): never => {
    failed.abort();
    pieces.stop();
    throw error;
  };
  const ends = await Promise.allSettled(Array.from({ length: lanes }, () => lane().catch(stopping)));
  for (const end of ends) if (end.status === 'rejected') throw end.reason;
};
