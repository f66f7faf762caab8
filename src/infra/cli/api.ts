import { z } from 'zod';
import type { BearerToken } from './bearer-token.ts';
import { CliError, jsonOf, refusal } from './errors.ts';
import { CLI_EXIT } from './exit-codes.ts';

type Query = Readonly<Record<string, string | undefined>>;
type HeaderTexts = Readonly<Record<string, string>>;
type Options = { readonly query?: Query; readonly headers?: HeaderTexts };

/** The running server. Every call throws a CliError for a refusal (by its code) and where nobody answers. */
export type Api = {
  readonly get: (path: string, options?: Options) => Promise<Json>;
  readonly post: (path: string, body: object, headers?: HeaderTexts) => Promise<Json>;
  readonly remove: (path: string, body: object) => Promise<Json>;
  /** The status and the body, whatever the status is. */
  readonly probe: (path: string) => Promise<{ readonly status: number; readonly body: unknown }>;
  /** The body as it comes, without a time limit. */
  readonly open: (path: string, options?: Options) => Promise<ReadableStream<Uint8Array>>;
};

export const json = z.record(z.string(), z.unknown());
/** An answer's body; what this program does not know of it is passed on as it is. */
export type Json = Readonly<z.output<typeof json>>;

/**
 * @param url of the server, with its BASE_PATH
 * @param timeoutMs for one answer, beyond what the request itself asks the server to wait
 * @param token that every call goes out with
 */
export const httpApi = (url: URL, timeoutMs: number, token: BearerToken): Api => {
  const { send, text } = requests(url, timeoutMs, token);
  const object = async (path: string, query: Query, init: RequestInit): Promise<Json> => {
    const { status, ok, body } = await text(path, query, init);
    const parsed = json.safeParse(jsonOf(body));
    if (ok && parsed.success) return parsed.data;
    throw refusal(status, body);
  };
  return {
    get: (path, { query = {}, headers = {} } = {}) => object(path, query, { headers }),
    post: (path, body, headers = {}) => object(path, {}, sending('POST', body, headers)),
    remove: (path, body) => object(path, {}, sending('DELETE', body)),
    probe: async (path) => {
      const { status, body } = await text(path, {}, {});
      return { status, body: jsonOf(body) };
    },
    open: async (path, { query = {}, headers = {} } = {}) => {
      const response = await send(path, query, { headers });
      if (response.ok && response.body !== null) return response.body;
      throw refusal(response.status, await response.text());
    },
  };
};

const sending = (method: string, body: object, headers: HeaderTexts = {}): RequestInit => ({
  method,
  headers: { ...headers, 'content-type': 'application/json' },
  body: JSON.stringify(body),
});

const requests = (url: URL, timeoutMs: number, token: BearerToken) => {
  const send = async (path: string, query: Query, init: RequestInit): Promise<Response> => {
    // The address may have a path: the server's BASE_PATH. One of two slashes must not name another server.
    const target = new URL(`${url.origin}${url.pathname.replace(/\/+$/, '')}${path}`);
    for (const [name, value] of Object.entries(query)) {
      if (value !== undefined) target.searchParams.set(name, value);
    }
    const headers = new Headers(init.headers);
    const bearer = token();
    if (bearer !== undefined) headers.set('authorization', `Bearer ${bearer}`);
    return fetch(target, { redirect: 'error', ...init, headers }).catch((error: unknown) => {
      throw unreachable(url, error);
    });
  };
  const text = async (path: string, query: Query, init: RequestInit) => {
    const wait = Number(/^wait=(\d+)$/.exec(new Headers(init.headers).get('prefer') ?? '')?.[1] ?? 0);
    const signal = AbortSignal.timeout(timeoutMs + wait * 1000);
    const response = await send(path, query, { ...init, signal });
    const body = await response.text().catch((error: unknown) => {
      throw unreachable(url, error);
    });
    return { status: response.status, ok: response.ok, body };
  };
  return { send, text };
};

export const unreachable = (url: URL, error: unknown): CliError => {
  const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error;
  const name = cause instanceof Error && 'code' in cause ? String(cause.code) : '';
  const why = cause instanceof Error && cause.name === 'TimeoutError' ? 'no answer in time' : name;
  return new CliError(CLI_EXIT.unreachable, `cannot reach Skald at ${url.origin}`, [
    ...(why === '' ? [] : [`cause       ${why}`]),
    'Is it running (skald serve)? Another address: --url or SKALD_URL.',
  ]);
};
