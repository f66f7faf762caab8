type Page<Item> = { readonly items: readonly Item[]; readonly nextCursor?: string };
/** What is read by position has no `cursor` beside its `from`: the call puts it there. */
type Paged = { readonly cursor?: string | undefined } | { readonly from?: string | undefined };

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
