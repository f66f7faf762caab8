type Rule = { readonly not: { readonly not: Readonly<Record<string, readonly object[]>> } };

const rule = (keyword: 'oneOf' | 'anyOf', names: readonly string[]): Rule => ({
  // Twice not, as makers of clients take a oneOf beside properties for the whole form, and leave out what is behind not.
  not: { not: { [keyword]: names.map((name) => ({ required: [name] })) } },
});

/** What the description of an object says where exactly one of these fields has to be given. */
export const exactlyOneOf = (...names: readonly string[]): Rule => rule('oneOf', names);

/** The same where there may be several of them. */
export const atLeastOneOf = (...names: readonly string[]): Rule => rule('anyOf', names);
