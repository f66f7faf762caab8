import { once } from 'node:events';
import { createServer } from 'node:http';
import type { ServerResponse } from 'node:http';
import type { JWK } from 'jose';
import { onTestFinished } from 'vitest';

type Answer = (response: ServerResponse) => void;

const json =
  (body: unknown): Answer =>
  (response) => {
    response.setHeader('content-type', 'application/json').end(JSON.stringify(body));
  };

/** Ways in which it can fail to hand out its keys. */
export const TROUBLES = {
  'an error': (response) => response.writeHead(500).end('{"keys":[]}'),
  'a redirect': (response) => response.writeHead(302, { location: '/elsewhere' }).end(),
  'a page': (response) => response.setHeader('content-type', 'text/html').end('<html>log in</html>'),
  'too much': (response) => response.end(`{"keys":[${'{"kty":"OKP"},'.repeat(30_000)}{}]}`),
  silence: () => undefined,
  'no keys': json({ keys: [] }),
  'something else': json([1]),
} as const satisfies Record<string, Answer>;

/** An identity provider on this machine: discovery, keys, and whatever a test makes of them. */
export const startIdp = async (keys: readonly JWK[]) => {
  const state = { keys, trouble: undefined as Answer | undefined, issuer: '', fetches: 0, others: 0 };
  const server = createServer((request, response) => {
    if (request.url === '/.well-known/openid-configuration')
      return json({ issuer: state.issuer, jwks_uri: `${address}/keys` })(response);
    if (request.url !== '/keys') {
      state.others += 1;
      return void response.writeHead(404).end();
    }
    state.fetches += 1;
    (state.trouble ?? json({ keys: state.keys }))(response);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const place = server.address();
  if (place === null || typeof place === 'string') throw new Error('the provider has no port');
  const address = `http://127.0.0.1:${place.port}`;
  state.issuer = address;
  const close = (): void => {
    server.closeAllConnections();
    server.close();
  };
  onTestFinished(close);
  return { address, state, close };
};
