import { describe, expect, it } from 'vitest';
import { graph, servedBy, step, succeed } from '../../support/saga-builders.ts';
import { recordedRun, servedByAll } from '../../support/recorded-run.ts';
import type { Told } from '../../support/recorded-run.ts';
import { flawOf } from '../../support/what-if.ts';

describe('what a decision knew', () => {
  it('is read off what it did not do, too: who it did not know cannot have been there for it', () => {
    const definition = graph([
      step('a'),
      step('b', { dependsOn: ['a'] }),
      step('c'),
      step('d', { dependsOn: ['c'], onMissingWorker: 'fail' }),
    ]);
    const workers = servedBy(['a', 'c']);
    const ok =
      (name: string): Told =>
      (known) =>
        succeed(name, { ...known, workers });
    const recorded = recordedRun(definition, ok('a'), ok('c'));
    expect(recorded.appends.at(-1)?.events.map(({ type }) => type)).toContain('UndoStarted');
    expect(flawOf({ ...recorded, served: servedByAll })).toBeUndefined();
  });
});
