import { describe, expect, it } from 'vitest';
import { createLogSpace } from '../../../src/infra/telemetry/log-space.ts';

const OK = { kind: 'ok', events: [] } as const;
const FULL = { kind: 'refused', code: 'storage_full', detail: 'database or disk is full' } as const;
const OTHERS = [
  { kind: 'ambiguous', cause: new Error('?') },
  { ...FULL, code: 'too_large' },
] as const;

const world = () => {
  const time = { now: 0 };
  const told: boolean[] = [];
  const space = createLogSpace({ now: () => time.now, onChange: (isFull) => told.push(isFull) });
  const value = async () => (await space.source.read()).map((sample) => sample.value);
  return { time, told, space, value };
};

describe('the room of the log', () => {
  it('is there until an append is refused for want of it, which is told once', async () => {
    const { told, space, value } = world();
    for (const result of [OK, ...OTHERS]) space.note(result);
    expect([told, space.isFull(), await value()]).toEqual([[], false, [0]]);
    space.note(FULL);
    space.note(FULL);
    expect([told, space.isFull(), await value()]).toEqual([[true], true, [1]]);
  });

  it('is not there again while only small appends find some', () => {
    const { time, told, space } = world();
    space.note(FULL);
    time.now += 50_000;
    space.note(OK);
    space.note(FULL);
    time.now += 50_000;
    space.note(OK);
    expect([told, space.isFull()]).toEqual([[true], true]);
  });

  it('is there again with the first append after a minute without a refusal, which is told once', async () => {
    const { time, told, space, value } = world();
    space.note(FULL);
    time.now += 60_000;
    expect(space.isFull()).toBe(true);
    space.note(OK);
    space.note(OK);
    expect([told, space.isFull(), await value()]).toEqual([[true, false], false, [0]]);
  });

  it('is there again a minute behind the last refusal, also where the append that was taken was the last of all', async () => {
    const { time, told, space, value } = world();
    space.note(FULL);
    time.now += 10_000;
    space.note(OK);
    time.now += 49_000;
    expect([told, await value()]).toEqual([[true], [1]]);
    time.now += 1000;
    expect(await value()).toEqual([0]);
    expect([told, space.isFull()]).toEqual([[true, false], false]);
    space.note(FULL);
    expect([told, space.isFull()]).toEqual([[true, false, true], true]);
  });
});
