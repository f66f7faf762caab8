import { describe, expect, it } from 'vitest';
import { jwtIdentity } from '../../../src/infra/identity/jwt.ts';
import { startIdp, TROUBLES } from '../../support/fake-idp.ts';
import { atOnce } from '../../support/feeds.ts';
import { manualClock } from '../../support/manual-clock.ts';
import { AUDIENCE, claimsFor, signer } from '../../support/tokens.ts';

const MINUTE = 60_000;

const world = async (algorithm = 'EdDSA') => {
  const clock = manualClock();
  const first = signer(algorithm);
  const idp = await startIdp([first.jwk]);
  const troubles: unknown[] = [];
  const identity = jwtIdentity({
    audience: AUDIENCE,
    issuer: idp.address,
    clock,
    fetchTimeoutMs: 500,
    onTrouble: (error) => troubles.push(error),
  });
  const tokenOf = (key = first, header = {}) =>
    key.sign(claimsFor('erik', ['viewer'], { nowMs: clock.now(), iss: idp.address }), header);
  return {
    clock,
    first,
    ...idp,
    troubles,
    tokenOf,
    kindOf: async (token: string) => (await identity.verify(token)).kind,
    after: (ms: number) => clock.advance(ms, atOnce),
  };
};

describe("an issuer's keys", () => {
  it.each(['EdDSA', 'ES256', 'RS256'])('are found by discovery, once for many tokens (%s)', async (alg) => {
    const { tokenOf, kindOf, state } = await world(alg);
    const tokens = await Promise.all(Array.from({ length: 20 }, () => tokenOf()));
    expect(new Set(await Promise.all(tokens.map(kindOf)))).toEqual(new Set(['known']));
    expect(state.fetches).toBe(1);
  });

  it('are fetched again for a new key, which is accepted within 30 s', async () => {
    const { tokenOf, kindOf, state, after } = await world();
    expect(await kindOf(await tokenOf())).toBe('known');
    const second = signer('EdDSA', 'key-2');
    state.keys = [second.jwk];
    await after(29_999);
    expect(await kindOf(await tokenOf(second))).toBe('refused');
    await after(1);
    expect(await kindOf(await tokenOf(second))).toBe('known');
    expect(await kindOf(await tokenOf())).toBe('refused');
  });

  it('are not used for longer than ten minutes: a key that was removed is refused then', async () => {
    const { tokenOf, kindOf, state, after } = await world();
    expect(await kindOf(await tokenOf())).toBe('known');
    state.keys = [signer('EdDSA', 'key-2').jwk];
    await after(10 * MINUTE);
    expect(await kindOf(await tokenOf())).toBe('refused');
  });

  it('that are gone make a token refused that was accepted before, within ten minutes', async () => {
    const { tokenOf, kindOf, state, after } = await world();
    const token = await tokenOf();
    expect(await kindOf(token)).toBe('known');
    state.keys = [signer('EdDSA', 'key-2').jwk];
    await after(9.4 * MINUTE);
    expect(await kindOf(token)).toBe('known');
    await after(0.6 * MINUTE);
    expect(await kindOf(token)).toBe('refused');
  });

  it('are fetched at most once in 30 s, however many unknown keys tokens name', async () => {
    const { tokenOf, kindOf, state, after } = await world();
    expect(await kindOf(await tokenOf())).toBe('known');
    await after(30_000);
    for (let count = 0; count < 1000; count += 1)
      expect(await kindOf(await tokenOf(undefined, { kid: `other-${count}` }))).toBe('refused');
    expect(state.fetches).toBe(2);
  });

  it.each(['../../x', "' OR 1=1 --", 'x'.repeat(1000)])('are looked up by name alone: %s', async (kid) => {
    const { tokenOf, kindOf, state } = await world();
    expect(await kindOf(await tokenOf(undefined, { kid }))).toBe('refused');
    expect(state.others).toBe(0);
  });

  it('are not named by a list', async () => {
    const { tokenOf, kindOf } = await world();
    expect(await kindOf(await tokenOf(undefined, { kid: ['key-1'] as never }))).toBe('refused');
  });

  it('are never fetched from where a token says', async () => {
    const { kindOf, tokenOf, state, address } = await world();
    const theirs = signer();
    const jku = `${address}/theirs`;
    const token = await tokenOf(theirs, { jku, x5u: jku, jwk: theirs.jwk });
    expect(await kindOf(token)).toBe('refused');
    expect(state.others).toBe(0);
  });
});

describe('a provider in trouble (F-X-02)', () => {
  it.each(Object.keys(TROUBLES) as (keyof typeof TROUBLES)[])(
    'that answers with %s: keys are used while they are fresh, then nobody is let in',
    async (name) => {
      const { tokenOf, kindOf, state, after, troubles } = await world();
      expect(await kindOf(await tokenOf())).toBe('known');
      state.trouble = TROUBLES[name];
      await after(30_000);
      expect(await kindOf(await tokenOf(signer('EdDSA', 'key-2')))).toBe('unavailable');
      await after(8 * MINUTE);
      expect(await kindOf(await tokenOf())).toBe('known');
      await after(1.5 * MINUTE);
      expect(await kindOf(await tokenOf())).toBe('unavailable');
      expect(troubles.length).toBeGreaterThanOrEqual(2);
      state.trouble = undefined;
      await after(5000);
      expect(await kindOf(await tokenOf())).toBe('known');
      expect(state.others).toBe(0);
    },
  );

  it('is asked every five seconds while there are no keys, and nobody is let in', async () => {
    const { tokenOf, kindOf, state, after, close } = await world();
    state.trouble = TROUBLES['an error'];
    for (let count = 0; count < 5; count += 1) expect(await kindOf(await tokenOf())).toBe('unavailable');
    expect(state.fetches).toBe(1);
    await after(5000);
    expect(await kindOf(await tokenOf())).toBe('unavailable');
    expect(state.fetches).toBe(2);
    close();
    await after(5000);
    expect(await kindOf(await tokenOf())).toBe('unavailable');
  });

  it('is not believed when it describes another issuer', async () => {
    const { tokenOf, kindOf, state, troubles } = await world();
    state.issuer = 'https://other.example';
    expect(await kindOf(await tokenOf())).toBe('unavailable');
    expect(String(troubles[0])).toContain('another issuer');
  });
});
