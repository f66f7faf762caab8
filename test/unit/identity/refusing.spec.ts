import { describe, expect, it } from 'vitest';
import type { Identity, Principal, Verdict } from '../../../src/infra/identity/port.ts';
import type { Refusals } from '../../../src/infra/identity/refusals.ts';
import { refusedTokens } from '../../../src/infra/identity/refusing.ts';
import { manualClock } from '../../support/manual-clock.ts';

const erik: Principal = { subject: 'erik', roles: ['viewer'], expiresAt: 0 };
const known: Identity = { verify: () => Promise.resolve({ kind: 'known', principal: erik }) };
const ALL: Refusals = () => true;
const NOBODY: Refusals = () => false;

/** Over a list that a test changes: what is thrown stands for a list that cannot be used. */
const world = async () => {
  const clock = manualClock();
  const told: string[] = [];
  const list: { now: Refusals | Error } = { now: NOBODY };
  const refused = await refusedTokens({
    load: () => (list.now instanceof Error ? Promise.reject(list.now) : Promise.resolve(list.now)),
    clock,
    onTrouble: () => told.push('trouble'),
    onMended: () => told.push('mended'),
  });
  const identity = refused.over(known);
  /** Until the next look has been taken. */
  const looked = () => clock.advance(5000, () => new Promise((resolve) => void setImmediate(resolve)));
  const principal = async (): Promise<Principal> => {
    const verdict = await identity.verify('token');
    if (verdict.kind !== 'known') throw new Error(verdict.kind);
    return verdict.principal;
  };
  const kind = async (): Promise<Verdict['kind']> => (await identity.verify('token')).kind;
  return { ...refused, identity, list, looked, kind, principal, told, clock };
};

describe('tokens on the list', () => {
  it('are refused from the next look on, and accepted again once they are off it', async () => {
    const { list, looked, kind, identity } = await world();
    list.now = ALL;
    expect(await kind()).toBe('known');
    await looked();
    expect(await identity.verify('token')).toEqual({ kind: 'refused', why: 'on the list of refused tokens' });
    list.now = NOBODY;
    await looked();
    expect(await kind()).toBe('known');
  });

  it('stay refused while the list cannot be used: that is told once', async () => {
    const { list, looked, kind, told } = await world();
    list.now = ALL;
    await looked();
    list.now = new Error('gone');
    await looked();
    await looked();
    expect([await kind(), told]).toEqual(['refused', ['trouble']]);
    list.now = ALL;
    await looked();
    list.now = new Error('gone again');
    await looked();
    expect([await kind(), told]).toEqual(['refused', ['trouble', 'mended', 'trouble']]);
  });

  it('are told to whoever waits for that, once, and to nobody who waits no longer', async () => {
    const { list, looked, principal } = await world();
    const calls: string[] = [];
    const { whenRefused } = await principal();
    whenRefused?.(() => calls.push('one'));
    whenRefused?.(() => calls.push('other'))();
    await looked();
    expect(calls).toEqual([]);
    list.now = ALL;
    await looked();
    await looked();
    // Between the check of a token and the wait for its end the list may have changed.
    whenRefused?.(() => calls.push('late'));
    await looked();
    expect(calls).toEqual(['one', 'late']);
  });

  it('are looked for no longer once it is closed', async () => {
    const { close, clock } = await world();
    close();
    expect(clock.waiting()).toBe(0);
  });

  it('are no answer to whether others are accepted', async () => {
    const refused = await refusedTokens({
      load: () => Promise.resolve(ALL),
      clock: manualClock(),
      onTrouble: () => undefined,
      onMended: () => undefined,
    });
    const verdict: Verdict = { kind: 'unavailable' };
    expect(await refused.over({ verify: () => Promise.resolve(verdict) }).verify('token')).toBe(verdict);
  });

  it('are let in by nobody before there is a list', async () => {
    const gone = new Error('gone');
    const load = () => Promise.reject(gone);
    const nothing = () => undefined;
    const opened = refusedTokens({ load, clock: manualClock(), onTrouble: nothing, onMended: nothing });
    await expect(opened).rejects.toBe(gone);
  });
});
