type Page<Item> = { readonly items: readonly Item[]; readonly nextCursor?: string };
type Paged = { readonly cursor?: string | undefined };

/** Every item of a list, page after page: `for await (const run of each(skald.runs.list, { status: 'FAILED' }))`. */
export async function* each<Input extends Paged | undefined, Item>(
  list: (input: Input) => Promise<Page<Item>>,
  input: NonNullable<NoInfer<Input>>,
): AsyncGenerator<Item, void, undefined> {
  let page = input;
  for (;;) {
    const { items, nextCursor } = await list(page);
    yield* items;
    if (nextCursor === undefined) return;
    page = { ...page, cursor: nextCursor };
  }
}
