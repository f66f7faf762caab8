import { randomUUID } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Lease, Leases } from '../../src/infra/leases/port.ts';

/** Two contenders, each as its own process sees leases, and time as a test lets it pass for one or for both. */
export type Contenders = {
  readonly first: Leases;
  readonly second: Leases;
  readonly passFor: (contender: 'first' | 'second', ms: number) => void;
  /** How much time has passed for this one; those of one process share it. */
  readonly passedFor: (contender: 'first' | 'second') => number;
};

const TTL_MS = 1000;
const sides = ['first', 'second'] as const;
type Side = (typeof sides)[number];
const otherThan = (side: Side): Side => (side === 'first' ? 'second' : 'first');

type Step = {
  readonly kind: 'acquire' | 'renew' | 'release' | 'pass';
  readonly side: Side;
  readonly ms?: number;
};

const side = fc.constantFrom(...sides);
const step: fc.Arbitrary<Step> = fc.oneof(
  fc.record({ kind: fc.constantFrom('acquire', 'renew', 'release'), side }),
  fc.record({ kind: fc.constant('pass'), side, ms: fc.constantFrom(1, 600, 999, 1000) }),
);

/** What each believes to hold by what it was told, and what must never be. */
const checker = ({ passedFor }: Pick<Contenders, 'passedFor'>) => {
  const believed = new Map<Side, Lease>();
  const signAt = new Map<Side, number>();
  let last: Lease | undefined;
  const signOfLife = (): void => {
    for (const each of sides) signAt.set(each, passedFor(each));
  };
  const isHeldBy = (by: Side): boolean => last !== undefined && believed.get(by)?.token === last.token;
  const taken = (by: Side, lease: Lease): void => {
    expect(lease.token).toBeGreaterThan(last?.token ?? 0);
    expect(isHeldBy(by)).toBe(false);
    if (isHeldBy(otherThan(by))) expect(passedFor(by) - (signAt.get(by) ?? 0)).toBeGreaterThanOrEqual(TTL_MS);
  };
  return {
    heldBy: (by: Side) => believed.get(by),
    answered: (by: Side, lease: Lease | undefined): void => {
      if (lease === undefined) {
        expect(isHeldBy(otherThan(by))).toBe(true);
        return;
      }
      expect(lease.holder).toBe(by);
      if (lease.token === last?.token) expect(last.holder).toBe(by);
      else taken(by, lease);
      last = lease;
      believed.set(by, lease);
      signOfLife();
    },
    renewed: (by: Side, mine: Lease, isHeld: boolean): void => {
      expect(isHeld).toBe(mine.token === last?.token);
      if (isHeld) signOfLife();
      else believed.delete(by);
    },
    gaveUp: (by: Side): void => void believed.delete(by),
  };
};

export const leasesContract = (adapter: string, open: () => Promise<Contenders>): void => {
  describe(`leases contract: ${adapter}`, () => {
    const setUp = async () => {
      const contenders = await open();
      const name = `lease-${randomUUID()}`;
      const pass = (ms: number): void => {
        const until = sides.map((each) => [each, contenders.passedFor(each) + ms] as const);
        for (const [each, end] of until) contenders.passFor(each, end - contenders.passedFor(each));
      };
      const acquire = (by: Side) => contenders[by].acquire(name, by, TTL_MS);
      return { ...contenders, name, pass, acquire };
    };
    const held = (lease: Lease | undefined): Lease => {
      if (lease === undefined) throw new Error('the lease was not given');
      return lease;
    };

    it('gives a free lease to the first who asks, and to nobody else meanwhile', async () => {
      const { name, acquire } = await setUp();
      expect(await acquire('first')).toEqual({ name, holder: 'first', token: 1 });
      expect(await acquire('second')).toBeUndefined();
      expect(await acquire('second')).toBeUndefined();
    });

    it('gives a holder what it holds', async () => {
      const { acquire, pass } = await setUp();
      const lease = await acquire('first');
      pass(TTL_MS / 2);
      expect(await acquire('first')).toEqual(lease);
      expect(await acquire('second')).toBeUndefined();
    });

    it('keeps leases of different names apart', async () => {
      const { first, second, name, acquire } = await setUp();
      await acquire('first');
      const apart = await second.acquire(`${name}-other`, 'second', TTL_MS);
      expect(apart).toEqual({ name: `${name}-other`, holder: 'second', token: 1 });
      await first.release(held(apart));
    });

    it('stays with a holder that renews it, however long', async () => {
      const { first, acquire, pass } = await setUp();
      const lease = held(await acquire('first'));
      for (let n = 0; n < 5; n += 1) {
        expect(await acquire('second')).toBeUndefined();
        pass(TTL_MS - 1);
        expect(await first.renew(lease)).toBe(true);
      }
    });

    it('counts a second acquisition by its holder as a renewal', async () => {
      const { acquire, pass } = await setUp();
      await acquire('first');
      await acquire('second');
      pass(TTL_MS - 1);
      await acquire('first');
      pass(1);
      expect(await acquire('second')).toBeUndefined();
    });

    it('goes to whoever has seen it unrenewed for its whole length, with a higher token', async () => {
      const { name, first, second, acquire, pass } = await setUp();
      const old = held(await acquire('first'));
      await acquire('second');
      pass(TTL_MS - 1);
      expect(await acquire('second')).toBeUndefined();
      pass(1);
      const taken = held(await acquire('second'));
      expect(taken).toEqual({ name, holder: 'second', token: 2 });
      expect(await first.renew(old)).toBe(false);
      await first.release(old);
      expect(await acquire('first')).toBeUndefined();
      expect(await second.renew(taken)).toBe(true);
    });

    it('can still be renewed after it lapsed as long as nobody took it', async () => {
      const { first, acquire, pass } = await setUp();
      const lease = held(await acquire('first'));
      await acquire('second');
      pass(3 * TTL_MS);
      expect(await first.renew(lease)).toBe(true);
      expect(await acquire('second')).toBeUndefined();
    });

    it('is free at once when it is released, also twice, and its next token is higher', async () => {
      const { first, name, acquire } = await setUp();
      const lease = held(await acquire('first'));
      await first.release(lease);
      await first.release(lease);
      expect(await first.renew(lease)).toBe(false);
      expect(await acquire('second')).toEqual({ name, holder: 'second', token: 2 });
    });

    it('goes to exactly one of those who ask at the same time, whether free, released or lapsed', async () => {
      const { first, second, name, pass } = await setUp();
      const race = async (round: string): Promise<Lease> => {
        const asked = Array.from({ length: 10 }, (_, n) =>
          (n % 2 === 0 ? first : second).acquire(name, `${round}-${n}`, TTL_MS),
        );
        const given = (await Promise.all(asked)).filter((lease) => lease !== undefined);
        expect(given).toHaveLength(1);
        return held(given[0]);
      };
      const free = await race('free');
      await first.release(free);
      const released = await race('released');
      for (const each of [first, second]) await each.acquire(name, 'watcher', TTL_MS);
      pass(TTL_MS);
      const lapsed = await race('lapsed');
      expect([free.token, released.token, lapsed.token]).toEqual([1, 2, 3]);
    });

    it('is listed while it is held', async () => {
      const { first, name, acquire, pass } = await setUp();
      const mine = async () => (await first.held()).filter((lease) => lease.name === name);
      expect(await mine()).toEqual([]);
      const lease = held(await acquire('first'));
      expect(await mine()).toEqual([lease]);
      pass(TTL_MS);
      expect(await mine()).toEqual([]);
      await first.renew(lease);
      expect(await mine()).toEqual([lease]);
      await first.release(lease);
      expect(await mine()).toEqual([]);
    });

    it('never gives two holders one token, nor takes a lease early, nor tells two that they hold it', async () => {
      await fc.assert(
        fc.asyncProperty(fc.array(step, { minLength: 20, maxLength: 40 }), async (steps) => {
          const contenders = await setUp();
          const check = checker(contenders);
          const run = {
            pass: ({ side: by, ms = 0 }: Step): void => {
              contenders.passFor(by, ms);
            },
            acquire: async ({ side: by }: Step): Promise<void> => {
              check.answered(by, await contenders.acquire(by));
            },
            renew: async ({ side: by }: Step): Promise<void> => {
              const mine = check.heldBy(by);
              if (mine !== undefined) check.renewed(by, mine, await contenders[by].renew(mine));
            },
            release: async ({ side: by }: Step): Promise<void> => {
              const mine = check.heldBy(by);
              if (mine !== undefined) await contenders[by].release(mine);
              check.gaveUp(by);
            },
          };
          for (const each of steps) await run[each.kind](each);
        }),
        { numRuns: 60 },
      );
    });
  });
};
