import { describe, expect, it } from 'vitest';
import { atMost } from '../../src/infra/mongodb/at-most.ts';
import type { MongoConnection } from '../../src/infra/mongodb/connect.ts';
import { MongoUnavailable } from '../../src/infra/mongodb/errors.ts';
import { manualClock } from '../support/manual-clock.ts';

const settled = () => new Promise(setImmediate);

const setUp = (calls: number) => {
  const clock = manualClock();
  const notNeeded = (): never => {
    throw new Error('no collection is asked for');
  };
  const whole: Pick<MongoConnection, 'collection' | 'run'> = { collection: notNeeded, run: (work) => work() };
  const { run } = atMost(whole, { calls, clock });
  const begun: number[] = [];
  const ends: PromiseWithResolvers<undefined>[] = [];
  const call = (name: number): Promise<undefined> => {
    const end = Promise.withResolvers<undefined>();
    ends[name] = end;
    return run(() => {
      begun.push(name);
      return end.promise;
    });
  };
  return { clock, call, begun, ends };
};

describe('a user of MongoDB who makes at most two calls at once', () => {
  it('has the others wait their turn, in order, whether those before them succeed or fail', async () => {
    const { call, begun, ends } = setUp(2);
    const made = [0, 1, 2, 3].map((name) => call(name));
    await settled();
    expect(begun).toEqual([0, 1]);
    ends[1]?.reject(new Error('broken'));
    await expect(made[1]).rejects.toThrow('broken');
    await settled();
    expect(begun).toEqual([0, 1, 2]);
    for (const end of [0, 2, 3]) {
      ends[end]?.resolve(undefined);
      await settled();
    }
    await Promise.all([made[0], made[2], made[3]]);
    expect(begun).toEqual([0, 1, 2, 3]);
  });

  it('is refused what has waited for five seconds, and makes what comes later', async () => {
    const { clock, call, begun, ends } = setUp(1);
    const [first, second] = [call(0), call(1)];
    const refused = expect(second).rejects.toThrow(MongoUnavailable);
    await clock.advance(5000, settled);
    await refused;
    ends[0]?.resolve(undefined);
    await first;
    const third = call(2);
    await settled();
    ends[2]?.resolve(undefined);
    await third;
    expect(begun).toEqual([0, 2]);
  });

  it('is refused at once when ten thousand calls wait already', async () => {
    const { clock, call } = setUp(1);
    const made = Array.from({ length: 10_001 }, (_, name) => call(name).catch(() => 'refused'));
    await expect(call(10_001)).rejects.toThrow(MongoUnavailable);
    await clock.advance(5000, settled);
    expect((await Promise.all(made.slice(1))).every((outcome) => outcome === 'refused')).toBe(true);
  }, 60_000);
});
