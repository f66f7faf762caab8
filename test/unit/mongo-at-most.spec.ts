import { EventEmitter } from 'node:events';
import { setImmediate as settled } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { atMost } from '../../src/infra/mongodb/at-most.ts';
import type { MongoConnection } from '../../src/infra/mongodb/connect.ts';
import { MongoUnavailable } from '../../src/infra/mongodb/errors.ts';
import { watchServers } from '../../src/infra/mongodb/watch-servers.ts';
import { manualClock } from '../support/manual-clock.ts';

const setUp = (calls: number) => {
  const clock = manualClock();
  const notNeeded = (): never => {
    throw new Error('no collection is asked for');
  };
  const servers = new EventEmitter();
  const say = (type: string): void => {
    servers.emit('topologyDescriptionChanged', { newDescription: { servers: new Map([['one', { type }]]) } });
  };
  const { isUp, whenUp } = watchServers(servers, clock, () => undefined);
  say('Standalone');
  const run: MongoConnection['run'] = (work) => work();
  const inTurn = atMost({ collection: notNeeded, run, isUp, whenUp }, { calls, clock });
  const begun: number[] = [];
  const ends: PromiseWithResolvers<undefined>[] = [];
  const call = (name: number): Promise<undefined> => {
    const end = Promise.withResolvers<undefined>();
    ends[name] = end;
    return inTurn.run(() => {
      begun.push(name);
      return end.promise;
    });
  };
  return { clock, call, begun, ends, say };
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

  it('waits for a server side by side with the others, and takes no turn meanwhile', async () => {
    const { clock, call, begun, ends, say } = setUp(1);
    say('Unknown');
    const late = [0, 1, 2].map((name) => call(name).catch((error: unknown) => error));
    await clock.advance(5000, settled);
    for (const outcome of await Promise.all(late)) expect(outcome).toBeInstanceOf(MongoUnavailable);
    const made = [3, 4].map((name) => call(name));
    await clock.advance(4000, settled);
    expect(begun).toEqual([]);
    say('Standalone');
    await settled();
    expect(begun).toEqual([3]);
    for (const name of [3, 4]) {
      ends[name]?.resolve(undefined);
      await settled();
    }
    await Promise.all(made);
  });

  it('is refused within five seconds where the server is lost while it waits for its turn', async () => {
    const { clock, call, begun, ends, say } = setUp(1);
    const [first, second] = [call(0), call(1)];
    const refused = expect(second).rejects.toThrow(MongoUnavailable);
    await clock.advance(3000, settled);
    say('Unknown');
    ends[0]?.resolve(undefined);
    await first;
    await clock.advance(2000, settled);
    await refused;
    expect(begun).toEqual([0]);
  });
});
