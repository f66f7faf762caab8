import { execFileSync } from 'node:child_process';
import { describe, expect, it } from 'vitest';
import { collectAlone } from '../../src/infra/process/collector.ts';

describe('young objects are collected', () => {
  it.each([
    { processors: 1, flags: ['--no-parallel-scavenge'] },
    { processors: 2, flags: ['--no-parallel-scavenge'] },
    { processors: 3, flags: [] },
  ])('with $processors processors under flags $flags', ({ processors, flags }) => {
    const set: string[] = [];
    collectAlone(processors, (flag) => void set.push(flag));
    expect(set).toEqual(flags);
  });

  it('under a flag that this Node knows', () => {
    const options = execFileSync(process.execPath, ['--v8-options'], { encoding: 'utf8' });
    expect(options).toContain(' --parallel-scavenge ');
  });
});
