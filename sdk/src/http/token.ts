import { SkaldUnreachable } from './problem.ts';

/** A bearer token, or where to get one: asked before each use, so it may be a new one each time. */
export type TokenSource = string | (() => string | Promise<string>);

/** What `token` and `tokenProvider` say; undefined where the server needs none. */
export const tokenSourceOf = (options: {
  readonly token?: string | undefined;
  readonly tokenProvider?: (() => string | Promise<string>) | undefined;
}): TokenSource | undefined => options.tokenProvider ?? options.token;

/**
 * The header that shows the token; nothing where there is none.
 * @throws SkaldUnreachable where no token comes before it is over. TypeError for what is no token.
 */
export const authorization = async (
  source: TokenSource | undefined,
  over: AbortSignal,
): Promise<Readonly<Record<string, string>>> => {
  if (source === undefined) return {};
  return { authorization: `Bearer ${await before(over, tokenOf(source))}` };
};

const before = <Token>(over: AbortSignal, token: Promise<Token>): Promise<Token> =>
  new Promise((resolve, reject) => {
    const isLate = (): void => reject(new SkaldUnreachable('no token came in time', { cause: over.reason }));
    if (over.aborted) isLate();
    over.addEventListener('abort', isLate, { once: true });
    token.then(resolve, reject).finally(() => over.removeEventListener('abort', isLate));
  });

/**
 * What is read from a file may end in a line break: a socket's header would not take it.
 * @throws TypeError for what is no token. It does not show it, as the error of whoever sends it would.
 */
export const tokenOf = async (source: TokenSource): Promise<string> => {
  const token = (typeof source === 'string' ? source : await source()).trim();
  if (/^[ -~]*$/.test(token)) return token;
  throw new TypeError('the token holds a character that no bearer token has');
};
