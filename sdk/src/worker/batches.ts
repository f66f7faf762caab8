const MOST = 500;
/** Below what Skald takes at once, 1 MiB, with room for what is around it. */
const MOST_BYTES = 900 * 1024;

type Sized<Item> = { readonly item: Item; /** At most, as JSON. */ readonly bytes: number };

/** In portions that Skald takes at once. */
export const batchesOf = <Item>(items: readonly Sized<Item>[]): readonly (readonly Item[])[] => {
  const batches: Item[][] = [];
  let size = Infinity;
  for (const { item, bytes } of items) {
    const last = batches.at(-1);
    if (last === undefined || last.length === MOST || size + bytes > MOST_BYTES) {
      batches.push([item]);
      size = bytes;
    } else {
      last.push(item);
      size += bytes;
    }
  }
  return batches;
};
