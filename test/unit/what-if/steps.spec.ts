import { describe, expect, it } from 'vitest';
import { fail, sequential, simultaneous, step, succeed, told } from '../../support/saga-builders.ts';
import { recordedRun, servedByAll, textsOf, under } from '../../support/recorded-run.ts';
import type { Told } from '../../support/recorded-run.ts';

const ok =
  (name: string, action: 'do' | 'undo' = 'do'): Told =>
  (known) =>
    succeed(name, known, { action });
const no =
  (name: string): Told =>
  (known) =>
    fail(name, known);
const ab = sequential([step('a'), step('b')]);
const abc = sequential([step('a'), step('b'), step('c')]);
const acb = sequential([step('a'), step('c'), step('b')]);

describe('a definition that did not change', () => {
  it('leaves nothing different', () => {
    expect(under(recordedRun(ab, ok('a'), ok('b')), ab)).toEqual({
      ...{ decidedStatus: 'COMPLETED', verdict: null, why: [], firstDivergence: null, differences: [] },
      steps: { newlyRun: [], skipped: [], newlyUndone: [], notUndone: [] },
      ...{ refused: [], assumed: [] },
    });
  });
});

describe('a step that is new', () => {
  it('would have run before the recorded ones that come after it, with an assumed outcome', () => {
    const found = under(recordedRun(ab, ok('a'), ok('b')), acb, { served: servedByAll });
    expect(found).toMatchObject({
      decidedStatus: 'COMPLETED',
      firstDivergence: {
        revision: 3,
        recorded: { type: 'StepDispatched', step: 'b' },
        decided: { type: 'StepDispatched', step: 'c' },
      },
      assumed: [{ step: 'c', action: 'do', attempt: 1, outcome: 'success' }],
      steps: { newlyRun: ['c'], skipped: [] },
    });
    expect(textsOf(found)).toEqual([
      'added StepDispatched do c',
      'added StepSucceeded do c',
      'changed StepDispatched do b',
    ]);
    expect(found.differences.at(-1)?.changes.map(({ field }) => field)).toEqual(['inputs']);
  });

  it('is missed by a run that is past it', () => {
    const found = under(recordedRun(ab, ok('a')), acb, { served: servedByAll });
    expect(found).toMatchObject({ verdict: 'needs-mapping', why: [{ code: 'step-added', step: 'c' }] });
  });

  it('is no matter to a run that is not there yet', () => {
    const found = under(recordedRun(ab, ok('a')), abc, { served: servedByAll });
    expect(found).toMatchObject({ verdict: 'compatible', why: [], steps: { newlyRun: ['c'] } });
    expect(found.firstDivergence).toBeNull();
  });

  it('keeps a run from its end where nobody serves it', () => {
    const found = under(recordedRun(ab, ok('a')), abc);
    expect(found).toMatchObject({ verdict: 'stuck', why: [{ code: 'worker-missing', step: 'c' }] });
  });

  it('keeps a run from a good end where it does not wait for a worker', () => {
    const changed = sequential([step('a'), step('b'), step('c', { onMissingWorker: 'fail' })]);
    const found = under(recordedRun(ab, ok('a')), changed);
    expect(found).toMatchObject({ verdict: 'stuck', why: [{ code: 'worker-missing', step: 'c' }] });
  });

  it('fails where that is supplied, and what follows from it follows', () => {
    const supplied = new Map([['c', 'failure' as const]]);
    const found = under(recordedRun(ab, ok('a'), ok('b')), acb, { served: servedByAll, supplied });
    expect(found).toMatchObject({
      decidedStatus: 'UNDONE',
      steps: { newlyRun: ['c'], skipped: ['b'], newlyUndone: ['a'] },
      assumed: [
        { step: 'c', action: 'do', outcome: 'failure' },
        { step: 'a', action: 'undo', outcome: 'success' },
      ],
    });
    expect(textsOf(found)).toContain('missing StepSucceeded do b');
    expect(textsOf(found)).toContain('added StepFailed do c');
  });
});

describe('a step that is gone', () => {
  const a = sequential([step('a')]);

  it('would not have run', () => {
    const found = under(recordedRun(ab, ok('a'), ok('b')), a);
    expect(found).toMatchObject({ decidedStatus: 'COMPLETED', steps: { skipped: ['b'] }, verdict: null });
    expect(textsOf(found)).toEqual(['missing StepDispatched do b', 'missing StepSucceeded do b']);
  });

  it('leaves a run that did it with something to map', () => {
    const found = under(recordedRun(abc, ok('a'), ok('b')), sequential([step('a'), step('c')]));
    expect(found).toMatchObject({ verdict: 'needs-mapping' });
    expect(found.why).toContainEqual({
      ...{ code: 'step-removed', step: 'b' },
      detail: 'Step b was started, and the definition does not know it',
    });
  });

  it('keeps a run from its end that is to undo it', () => {
    const found = under(recordedRun(abc, ok('a'), ok('b'), no('c')), sequential([step('a'), step('c')]));
    expect(found.verdict).toBe('stuck');
    expect(found.why[0]).toEqual({
      ...{ code: 'undo-lost', step: 'b' },
      detail: 'Step b is to be undone, and the definition does not know it',
    });
  });
});

describe('the order of steps', () => {
  const both = simultaneous([step('a'), step('b')]);

  it('may be loosened under a run', () => {
    const found = under(recordedRun(ab, ok('a')), both);
    expect(found.firstDivergence).not.toBeNull();
    expect(found).toMatchObject({ verdict: 'compatible', why: [], refused: [] });
    expect(textsOf(found)).toEqual(['moved StepSucceeded do a', 'changed StepDispatched do b']);
  });

  it('may not be tightened where a run is ahead of it', () => {
    const found = under(recordedRun(both, ok('b')), ab);
    expect(found).toMatchObject({ verdict: 'needs-mapping' });
    expect(found.why).toContainEqual({
      ...{ code: 'step-too-early', step: 'b' },
      detail: 'Step b was started, and would not have been by now',
    });
  });

  it('keeps a recorded outcome for the attempt that comes later', () => {
    const found = under(recordedRun(both, ok('b'), ok('a')), ab);
    expect(found).toMatchObject({ decidedStatus: 'COMPLETED', assumed: [], steps: { skipped: [] } });
  });
});

describe('what a person told the run', () => {
  it('is told again', () => {
    const paused: Told = (known) => told({ type: 'PauseSaga', timers: 'keep-due', reason: 'x' }, known);
    const resumed: Told = (known) => told({ type: 'ResumeSaga', reason: null }, known);
    const found = under(recordedRun(ab, paused, ok('a'), resumed, ok('b')), acb, { served: servedByAll });
    expect(found).toMatchObject({ decidedStatus: 'COMPLETED', refused: [] });
  });

  it('is refused where it would not fit', () => {
    const blocked = recordedRun(
      ab,
      ok('a'),
      no('b'),
      (known) => fail('a', known, { action: 'undo' }),
      (known) => told({ type: 'SkipStep', step: 'a', reason: 'by hand' }, known),
    );
    const kept = under(blocked, sequential([step('a', { undo: false }), step('b')]));
    expect(kept).toMatchObject({
      decidedStatus: 'FAILED',
      refused: [{ type: 'StepSkipped', code: 'step_not_blocked' }],
      steps: { notUndone: ['a'] },
    });
  });
});
