/**
 * What came of each: one that failed beside others gets `failed` of it instead, and is worth sending again. Where one
 * comes alone, or all fail, the sender is told why: then this rejects.
 */
export const eachOnItsOwn = async <Item, Outcome>(
  items: readonly Item[],
  taken: readonly Promise<Outcome>[],
  failed: (item: Item) => Outcome,
): Promise<readonly Outcome[]> => {
  const settled = await Promise.allSettled(taken);
  if (settled.every(({ status }) => status === 'rejected')) return Promise.all(taken);
  return items.map((item, index) => {
    const one = settled[index];
    return one?.status === 'fulfilled' ? one.value : failed(item);
  });
};
