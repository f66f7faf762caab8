import { describe, expect, it } from 'vitest';
import { createTroubled } from '../../src/commands/engine/troubled.ts';
import { manualClock } from '../support/manual-clock.ts';

const broken = new Error('broken');
const away = Object.assign(new Error('no server'), { name: 'MongoUnavailable' });

const troubles = () => {
  const clock = manualClock();
  const pass = (ms: number) => clock.advance(ms, () => Promise.resolve());
  const retried: string[] = [];
  const deps = { clock, random: { next: () => 0.999 } };
  return { pass, retried, troubled: createTroubled(deps, (flowId) => void retried.push(flowId)) };
};

describe('runs in trouble', () => {
  it('are tried again though something else went well meanwhile', async () => {
    const { pass, retried, troubled } = troubles();
    troubled.add('run', broken);
    troubled.over('run');
    await pass(1000);
    expect(retried).toEqual(['run']);
  });

  it('are tried after a pause that doubles, until something goes well', async () => {
    const { pass, retried, troubled } = troubles();
    troubled.add('run', broken);
    await pass(1000);
    troubled.add('run', broken);
    await pass(1999);
    expect(retried).toEqual(['run']);
    await pass(1);
    expect(retried).toEqual(['run', 'run']);
    troubled.over('run');
    troubled.add('run', broken);
    await pass(1000);
    expect(retried).toEqual(['run', 'run', 'run']);
    expect(troubled.size()).toBe(1);
  });

  it('are tried again within two seconds while a server is away, however long that is', async () => {
    const { pass, retried, troubled } = troubles();
    for (let failures = 1; failures <= 20; failures += 1) {
      troubled.add('run', away);
      await pass(2000);
      expect(retried).toHaveLength(failures);
    }
    troubled.add('run', broken);
    await pass(1000);
    expect(retried).toHaveLength(21);
  });

  it('are spread out where they are many', async () => {
    const { pass, retried, troubled } = troubles();
    for (let run = 0; run < 1000; run += 1) troubled.add(`run ${String(run)}`, away);
    await pass(2000);
    expect(retried.length).toBeLessThan(500);
    await pass(3000);
    expect(retried).toHaveLength(1000);
  });
});
