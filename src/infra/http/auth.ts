import type { FastifyRequest } from 'fastify';
import type { Caller } from './caller.ts';
import { problem } from './problem-details.ts';

/** Who calls, and whether this server talks to them at all. */
export type Auth = {
  /**
   * Null on public addresses, and for the handshake of a socket that will say it in its first frame. At once where
   * nothing has to be asked for that.
   * @throws Problem when the request must not be served.
   */
  readonly identify: (request: FastifyRequest) => Caller | null | Promise<Caller | null>;
  /**
   * Of a token that came in a frame; undefined for one that is not accepted. Not there where there are no tokens.
   * @throws Problem when nobody can tell.
   */
  readonly callerOfToken?: (token: string) => Promise<Caller | undefined>;
};

/**
 * `AUTH=off`: everybody is the same local user. Since the server then only listens on loopback, the danger
 * left is a web page in a browser on this machine, so a request must name a loopback host (DNS rebinding)
 * and, where a browser tells its origin, come from one.
 */
export const loopbackOnly: Auth = {
  identify: ({ headers: { host = '', origin } }) => {
    if (!PLAIN_HOST.test(host) && !isLoopbackUrl(`http://${host}`)) {
      throw problem('forbidden_host', 'without authentication only loopback host names are served');
    }
    if (origin !== undefined && !isLoopbackUrl(origin)) {
      throw problem('forbidden_origin', 'without authentication only pages of this machine are served');
    }
    return LOCAL;
  },
};

const LOCAL: Caller = {
  actor: { kind: 'anonymous', id: 'local', source: 'http' },
  scopeOf: () => 'all',
  expiresAt: null,
};

/** As nearly everybody writes it: taking an address apart costs more than all other checks of a request. */
const PLAIN_HOST = /^(?:localhost|127\.0\.0\.1|\[::1\])(?::[1-5]?\d{1,4})?$/;
const LOOPBACK = /^(?:localhost|[a-z0-9-]+\.localhost|127\.\d{1,3}\.\d{1,3}\.\d{1,3}|\[::1\])$/;

const isLoopbackUrl = (text: string): boolean => {
  const url = URL.parse(text);
  return url !== null && url.username === '' && url.pathname === '/' && LOOPBACK.test(url.hostname);
};
