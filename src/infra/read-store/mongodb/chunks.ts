const MOST_ITEMS = 1000;
const MOST_CHARACTERS = 4 * 1024 * 1024;

type Item = string | { readonly body: string | null };

/** In parts that one message and one socket timeout hold. */
export const chunksOf = <Each extends Item>(items: readonly Each[]): readonly (readonly Each[])[] => {
  const chunks: Each[][] = [];
  let characters = Infinity;
  for (const item of items) {
    const size = sizeOf(item);
    const last = chunks.at(-1);
    if (last === undefined || last.length === MOST_ITEMS || characters + size > MOST_CHARACTERS) {
      chunks.push([item]);
      characters = size;
    } else {
      last.push(item);
      characters += size;
    }
  }
  return chunks;
};

const sizeOf = (item: Item): number => (typeof item === 'string' ? item.length : (item.body?.length ?? 0));
