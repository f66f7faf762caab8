/**
 * Takes pieces until there are none, so many at a time; after a failure no further one is begun.
 * @throws what `work` threw
 */
export const inFlight = async <Piece>(
  lanes: number,
  pieces: AsyncGenerator<Piece>,
  work: (piece: Piece) => Promise<void>,
): Promise<void> => {
  const lane = async (): Promise<void> => {
    for (;;) {
      const next = await pieces.next();
      if (next.done === true) return;
      await work(next.value);
    }
  };
  const stopping = async (error: unknown): Promise<never> => {
    await pieces.return(undefined);
    throw error;
  };
  const ends = await Promise.allSettled(Array.from({ length: lanes }, () => lane().catch(stopping)));
  for (const end of ends) if (end.status === 'rejected') throw end.reason;
};
