import { execFileSync } from 'node:child_process';
import { describe, expect, it } from 'vitest';
import { tuneCollector } from '../../src/infra/process/collector.ts';

const YOUNG = '--no-allocation-site-pretenuring';

describe('young objects are collected', () => {
  it.each([
    { processors: 1, flags: [YOUNG, '--no-parallel-scavenge'] },
    { processors: 2, flags: [YOUNG, '--no-parallel-scavenge'] },
    { processors: 3, flags: [YOUNG] },
  ])('with $processors processors under flags $flags', ({ processors, flags }) => {
    const set: string[] = [];
    tuneCollector(processors, (flag) => void set.push(flag));
    expect(set).toEqual(flags);
  });

  it('under flags that this Node knows', () => {
    const options = execFileSync(process.execPath, ['--v8-options'], { encoding: 'utf8' });
    expect(options).toContain(' --parallel-scavenge ');
    expect(options).toContain(' --allocation-site-pretenuring ');
  });
});
