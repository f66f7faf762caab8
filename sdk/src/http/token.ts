/** A bearer token, or where to get one: asked before each use, so it may be a new one each time. */
export type TokenSource = string | (() => string | Promise<string>);

/** What `token` and `tokenProvider` say; undefined where the server needs none. */
export const tokenSourceOf = (options: {
  readonly token?: string | undefined;
  readonly tokenProvider?: (() => string | Promise<string>) | undefined;
}): TokenSource | undefined => options.tokenProvider ?? options.token;

/** The header that shows the token; nothing where there is none. */
export const authorization = async (
  source: TokenSource | undefined,
): Promise<Readonly<Record<string, string>>> => {
  if (source === undefined) return {};
  return { authorization: `Bearer ${await tokenOf(source)}` };
};

export const tokenOf = async (source: TokenSource): Promise<string> =>
  typeof source === 'string' ? source : source();
