import { pino } from 'pino';
import { describe, expect, it } from 'vitest';
import { socketClient } from '../support/feed-clients.ts';
import { feedServer, sharedStore } from '../support/feeds.ts';
import { signer } from '../support/tokens.ts';
import { guardedEdge, headersFor, jwtAuth, tokenFor } from './auth-edge.ts';

const shared = sharedStore();
const LIST = '/api/v1/sagas';

/** What the log says of one request. */
const loggedOf = async (headers: Record<string, string>) => {
  const lines: string[] = [];
  const logger = pino({ level: 'info' }, { write: (line: string) => void lines.push(line) });
  const app = await guardedEdge({}, { logger });
  const { statusCode, body } = await app.inject({ url: LIST, headers });
  return { statusCode, body, log: lines.filter((line) => line.includes('not served')).join('') };
};

/** What the log says of a socket whose first frame has this token. */
const loggedOfSocket = async (token: string) => {
  const lines: string[] = [];
  const logger = pino({ level: 'info' }, { write: (line: string) => void lines.push(line) });
  const { port } = await feedServer({ store: shared.store }, { auth: jwtAuth(), logger });
  const client = await socketClient(port, { headers: { origin: `http://127.0.0.1:${port}` } });
  client.send({ type: 'auth', token });
  const { code } = await client.closed;
  return { code, log: lines.filter((line) => line.includes('not served')).join('') };
};

describe('the log of a socket that was not served', () => {
  it('names it where its first frame brings a token that is not accepted', async () => {
    const { code, log } = await loggedOfSocket('x');
    expect(code).toBe(4401);
    expect(JSON.parse(log)).toMatchObject({ route: '/api/v1/feed', code: 'unauthenticated' });
  });

  it('names its caller too where a token does not allow it', async () => {
    const { code, log } = await loggedOfSocket(await tokenFor('erik', []));
    expect(code).toBe(4403);
    expect(JSON.parse(log)).toMatchObject({ route: '/api/v1/feed', code: 'forbidden', by: 'erik' });
  });
});

describe('the log of a request that was not served', () => {
  it.each<[string, () => Promise<Record<string, string>>, string]>([
    [
      'audience',
      () => headersFor('erik', ['admin'], { aud: 'other' }),
      'ERR_JWT_CLAIM_VALIDATION_FAILED: aud',
    ],
    ['end', () => headersFor('erik', ['admin'], { exp: 1 }), 'ERR_JWT_EXPIRED: exp'],
    [
      'key',
      async () => ({ authorization: `Bearer ${await signer().sign({ sub: 'erik' })}` }),
      'ERR_JWS_SIGNATURE_VERIFICATION_FAILED',
    ],
    ['form', () => headersFor('erik', ['admin'], { iat: 4_000_000_000 }), 'claims of another form'],
  ])('says what is wrong with a token, the answer does not: its %s', async (_, headersOf, why) => {
    const { statusCode, body, log } = await loggedOf(await headersOf());
    expect(statusCode).toBe(401);
    expect(JSON.parse(log)).toMatchObject({ status: 401, code: 'unauthenticated', why });
    expect(body).not.toContain(why);
  });

  it('holds nothing of the token', async () => {
    const token = await tokenFor('erik-the-red', ['admin'], { aud: 'other-audience' });
    const { log } = await loggedOf({ authorization: `Bearer ${token}` });
    for (const part of [...token.split('.'), 'erik-the-red', 'other-audience'])
      expect(log).not.toContain(part);
  });
});
