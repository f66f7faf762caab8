import { describe, expect, it } from 'vitest';
import {
  fail,
  graph,
  NOBODY,
  NOW,
  sequential,
  servedBy,
  step,
  succeed,
  told,
} from '../../support/saga-builders.ts';
import type { RunCommand, SagaCommand } from '../../../src/domain/saga/commands.ts';
import type { Facts } from '../../../src/domain/saga/facts.ts';
import { redecide } from '../../../src/queries/what-if/redecide.ts';
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

  const retried = sequential([
    step('a', { onMissingWorker: 'fail', retry: { maxRetries: 1, backoffMs: 60_000 } }),
  ]);
  const failed: Told = (known) => fail('a', known);
  const unserved =
    (command: RunCommand) =>
    (known: Facts): SagaCommand =>
      told(command, { ...known, workers: NOBODY });

  it('is that a retry was due, where it failed for want of a worker', () => {
    const later: Told = [90_000, unserved({ type: 'AdvanceSaga' })];
    const recorded = recordedRun(retried, failed, later);
    expect(recorded.appends.at(-1)?.events).toMatchObject([
      { type: 'StepFailed', data: { attempt: 2, cause: 'no-worker' } },
      { type: 'SagaFailed' },
    ]);
    expect(flawOf({ ...recorded, served: servedByAll })).toBeUndefined();
  });

  it('is not that a retry was due, where a person set it going', () => {
    const now = unserved({ type: 'RetryStep', step: 'a', reason: null });
    const recorded = recordedRun(retried, failed, now);
    expect(recorded.appends.at(-1)?.events.map(({ type }) => type)).toContain('StepFailed');
    expect(flawOf({ ...recorded, served: servedByAll })).toBeUndefined();
    expect(redecide(recorded).appends.at(-1)?.at).toBeLessThan(NOW + 60_000);
  });

  it('is that nobody was left for what was taken back, under another definition too', () => {
    const takenBack = unserved({ type: 'TakeBackStep', step: 'a', action: 'do', attempt: 1 });
    const recorded = recordedRun(sequential([step('a')]), takenBack);
    const typesIn = (appends: typeof recorded.appends) => appends.at(-1)?.events.map(({ type }) => type);
    expect(typesIn(recorded.appends)).toEqual(['StepTakenBack', 'StepWaiting']);
    expect(flawOf({ ...recorded, served: servedByAll })).toBeUndefined();
    const changed = sequential([step('a', { onMissingWorker: 'fail' })]);
    const decided = redecide({ ...recorded, changed, served: servedByAll });
    expect(decided.appends[1]?.events.map(({ type }) => type)).toEqual([
      ...['StepTakenBack', 'StepFailed', 'SagaFailed'],
    ]);
    expect(decided.refused).toEqual([]);
  });
});
