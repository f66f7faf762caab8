import { describe, expect, it } from 'vitest';
import { createTroubled } from '../../src/commands/engine/troubled.ts';
import { manualClock } from '../support/manual-clock.ts';

const troubles = () => {
  const clock = manualClock();
  const pass = (ms: number) => clock.advance(ms, () => Promise.resolve());
  const retried: string[] = [];
  return { pass, retried, troubled: createTroubled(clock, (flowId) => void retried.push(flowId)) };
};

describe('runs in trouble', () => {
  it('are tried again though something else went well meanwhile', async () => {
    const { pass, retried, troubled } = troubles();
    troubled.add('run');
    troubled.over('run');
    await pass(1000);
    expect(retried).toEqual(['run']);
  });

  it('are tried after a pause that doubles, until something goes well', async () => {
    const { pass, retried, troubled } = troubles();
    troubled.add('run');
    await pass(1000);
    troubled.add('run');
    await pass(1999);
    expect(retried).toEqual(['run']);
    await pass(1);
    expect(retried).toEqual(['run', 'run']);
    troubled.over('run');
    troubled.add('run');
    await pass(1000);
    expect(retried).toEqual(['run', 'run', 'run']);
    expect(troubled.size()).toBe(1);
  });
});
