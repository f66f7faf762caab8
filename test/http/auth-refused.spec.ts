// Tokens that are refused before they end: JWT_REFUSED_FILE.
import { describe, expect, it, vi } from 'vitest';
import { systemRandom } from '../../src/infra/clock/system.ts';
import { bearer } from '../../src/infra/http/bearer.ts';
import { jwtIdentity } from '../../src/infra/identity/jwt.ts';
import type { Role } from '../../src/infra/identity/port.ts';
import { refusalsIn } from '../../src/infra/identity/refusals.ts';
import { refusedTokens } from '../../src/infra/identity/refusing.ts';
import { socketClient, streamClient } from '../support/feed-clients.ts';
import { atOnce, feedOf, sharedStore } from '../support/feeds.ts';
import { manualClock } from '../support/manual-clock.ts';
import { queriesOver } from '../support/read-models.ts';
import { AUDIENCE, claimsFor } from '../support/tokens.ts';
import { workerClient } from '../support/worker-clients.ts';
import { workerCore } from '../support/worker-sessions.ts';
import { KEY } from './auth-edge.ts';
import { edge } from './edge.ts';
import { listen } from './raw-client.ts';

const log = sharedStore();
const LOOK_MS = 5000;
const ORCHESTRATIONS = '/api/v1/orchestrations';

/** A server with tokens, a clock that a test moves, and a list of refused ones that a test writes. */
const world = async () => {
  const clock = manualClock();
  const list: { now: object } = { now: {} };
  const onTrouble = (error: unknown): void => {
    throw error;
  };
  const load = () => Promise.resolve(refusalsIn(list.now));
  const refused = await refusedTokens({ load, clock, onTrouble, onMended: () => undefined });
  const identity = jwtIdentity({ audience: AUDIENCE, publicKeyPem: KEY.pem, clock, onTrouble });
  const { queries } = await queriesOver();
  const core = workerCore(clock.now);
  const app = await edge(core.handlers, {
    auth: bearer(refused.over(identity)),
    feed: { feed: feedOf({ store: log.store, clock }), clock, random: systemRandom() },
    queries,
  });
  const token = (subject: string, role: Role = 'auditor', claims: object = {}) =>
    KEY.sign(claimsFor(subject, [role], { nowMs: clock.now(), ...claims }));
  const headers = async (subject: string, role?: Role, claims?: object) => ({
    authorization: `Bearer ${await token(subject, role, claims)}`,
  });
  const port = await listen(app);
  return {
    ...{ app, clock, token, headers, port },
    /** Puts a list there, and waits until it has been looked at. */
    refuse: async (now: object) => {
      list.now = now;
      await clock.advance(LOOK_MS, () => new Promise((resolve) => void setImmediate(resolve)));
    },
  };
};

describe('a request with a refused token', () => {
  it.each([
    ['its id', { tokens: ['t-1'] }],
    ['its subject', { subjects: [{ sub: 'erik' }] }],
    ['when it was issued', { subjects: [{ sub: 'erik', issuedBefore: '2100-01-01T00:00:00Z' }] }],
  ])('is answered as with one that has ended, by %s; others are served', async (_by, list) => {
    const { app, headers, refuse } = await world();
    const statusOf = async (given: Record<string, string>) =>
      (await app.inject({ url: ORCHESTRATIONS, headers: given })).statusCode;
    const lost = await headers('erik', 'auditor', { jti: 't-1' });
    const other = await headers('anna', 'auditor', { jti: 't-2' });
    expect([await statusOf(lost), await statusOf(other)]).toEqual([200, 200]);
    await refuse(list);
    expect([await statusOf(lost), await statusOf(other)]).toEqual([401, 200]);
    const answer = await app.inject({ url: ORCHESTRATIONS, headers: lost });
    expect(answer.headers['www-authenticate']).toBe('Bearer error="invalid_token"');
    expect(answer.json()).toMatchObject({ code: 'unauthenticated' });
    await refuse({});
    expect(await statusOf(lost)).toBe(200);
  });

  it('is not told whether it may do more: the whole of health stays closed to it', async () => {
    const { app, headers, refuse } = await world();
    const given = await headers('erik');
    await refuse({ subjects: [{ sub: 'erik' }] });
    const [with_, without] = [
      await app.inject({ url: '/actuator/health', headers: given }),
      await app.inject({ url: '/actuator/health' }),
    ];
    expect([with_.statusCode, with_.body]).toEqual([without.statusCode, without.body]);
  });

  it('with a jti that is no text is none at all', async () => {
    const { app, headers } = await world();
    const answer = await app.inject({
      url: ORCHESTRATIONS,
      headers: await headers('erik', 'auditor', { jti: 1 }),
    });
    expect(answer.statusCode).toBe(401);
  });
});

describe('an open connection of a refused token', () => {
  it('of a feed is asked for another one, and closed within the minute: 4401', async () => {
    const { port, headers, refuse, clock } = await world();
    const client = await socketClient(port, { headers: await headers('erik', 'auditor', { jti: 't-1' }) });
    const other = await socketClient(port, { headers: await headers('erik', 'auditor', { jti: 't-2' }) });
    await refuse({ tokens: ['t-1'] });
    expect(await client.next('reauth')).toEqual({ type: 'reauth', withinSeconds: 30 });
    other.send({ type: 'subscribe', id: 'a', events: {}, from: 'now' });
    await other.next('caughtUp');
    // Both answer a ping before the clock moves past the time they have for that.
    await clock.advance(15_000, atOnce);
    await clock.advance(15_000, atOnce);
    expect(await client.closed).toEqual({ code: 4401, reason: 'unauthenticated' });
    expect(other.types()).not.toContain('reauth');
  });

  it('goes on with a new one of the same subject, unless that is refused, too', async () => {
    const { port, headers, token, refuse, clock } = await world();
    const open = async () => socketClient(port, { headers: await headers('erik') });
    const [client, stubborn] = [await open(), await open()];
    const old = await token('erik');
    const issuedBefore = new Date(clock.now() + 1000).toISOString();
    await refuse({ subjects: [{ sub: 'erik', issuedBefore }] });
    await client.next('reauth');
    client.send({ type: 'auth', token: await token('erik') });
    await client.next('authenticated');
    stubborn.send({ type: 'auth', token: old });
    expect((await stubborn.closed).code).toBe(4401);
    client.send({ type: 'subscribe', id: 'a', events: {}, from: 'now' });
    await client.next('caughtUp');
    expect(client.types().filter((type) => type === 'reauth')).toHaveLength(1);
    await refuse({ subjects: [{ sub: 'erik' }] });
    await vi.waitFor(() => {
      expect(client.types().filter((type) => type === 'reauth')).toHaveLength(2);
    });
  });

  it('of server-sent events ends at once', async () => {
    const { port, headers, refuse } = await world();
    const client = await streamClient(port, '?from=now', await headers('erik'));
    await client.next('caughtUp');
    await refuse({ subjects: [{ sub: 'erik' }] });
    expect(await client.closed).toBe(true);
    expect(client.types()).toEqual(['caughtUp', 'reauth']);
  });

  it('of a worker is asked for another one, and closed: 4401', async () => {
    const { port, headers, refuse, clock } = await world();
    const client = await workerClient(port, { headers: await headers('billing', 'service') });
    client.hello('billing', 1);
    await client.until('welcome');
    await refuse({ subjects: [{ sub: 'billing' }] });
    expect(await client.until('reauth')).toEqual([{ type: 'reauth', withinSeconds: 30 }]);
    await clock.advance(15_000, atOnce);
    await clock.advance(15_000, atOnce);
    expect((await client.closed).code).toBe(4401);
  });
});
