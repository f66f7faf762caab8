import { describe, expect, it } from 'vitest';
import { sagaDecider } from '../../../src/domain/saga/decide.ts';
import {
  NOBODY,
  NOW,
  facts,
  fail,
  sequential,
  start,
  step,
  succeed,
  told,
} from '../../support/saga-builders.ts';
import { recordedRun, servedByAll, under } from '../../support/recorded-run.ts';
import type { Told } from '../../support/recorded-run.ts';

const ok =
  (name: string): Told =>
  (known) =>
    succeed(name, known);
const no =
  (name: string): Told =>
  (known) =>
    fail(name, known);
const ab = sequential([step('a'), step('b')]);
const ac = sequential([step('a'), step('c')]);

describe('the verdict on a run', () => {
  it('is for runs that have not ended', () => {
    expect(under(recordedRun(ab, ok('a'), ok('b')), ac)).toMatchObject({ verdict: null, why: [] });
  });

  it('asks for a mapping of a step in flight that is gone', () => {
    const found = under(recordedRun(ab, ok('a')), ac, { served: servedByAll });
    expect(found.verdict).toBe('needs-mapping');
    expect(found.why.map(({ code, step: name }) => [code, name])).toEqual([
      ['step-added', 'c'],
      ['decided-otherwise', null],
      ['step-removed', 'b'],
    ]);
  });

  it('asks for a mapping where the run would have gone another way', () => {
    const recorded = recordedRun(ab, ok('a'), no('b'));
    const found = under(recorded, sequential([step('a'), step('b', { retry: { maxRetries: 1 } })]));
    expect(found).toMatchObject({ verdict: 'needs-mapping', decidedStatus: 'IN_PROGRESS' });
    expect(found.why).toContainEqual({
      ...{ code: 'decided-otherwise', step: null },
      detail: 'UndoStarted was recorded and would not have been',
    });
  });

  it('asks for a mapping where an undo would have another plan', () => {
    const kept = sequential([step('a', { undo: false }), step('b', { undo: false }), step('c')]);
    const abc = sequential([step('a', { undo: false }), step('b'), step('c')]);
    const found = under(recordedRun(abc, ok('a'), ok('b'), no('c')), kept);
    expect(found).toMatchObject({ verdict: 'needs-mapping', decidedStatus: 'FAILED' });
    expect(found.steps.notUndone).toEqual(['b']);
  });

  it('says what a person told the run that would have been refused', () => {
    const pause: Told = (known) => told({ type: 'PauseSaga', timers: 'keep-due', reason: null }, known);
    const recorded = recordedRun(sequential([step('a'), step('b', { undo: false })]), ok('a'), pause);
    const found = under(recorded, sequential([step('a')]));
    expect(found).toMatchObject({ verdict: 'needs-mapping', decidedStatus: 'COMPLETED' });
    expect(found.why.at(-1)).toEqual({
      ...{ code: 'input-refused', step: null },
      detail: 'What led to SagaPaused at revision 4 would have been refused: run_ended',
    });
  });

  it('does not blame the change for a worker that is missing anyway', () => {
    const waiting = recordedRun(ab, ok('a'), [
      5000,
      (known) => told({ type: 'AdvanceSaga' }, { ...known, workers: NOBODY }),
    ]);
    expect(under(waiting, ab, { served: () => [] })).toMatchObject({ verdict: 'compatible', why: [] });
  });

  it('names a step whose undo waits and that is gone', () => {
    const nobody: Told = (known) => ({ ...fail('b', known), facts: { ...known, workers: NOBODY } });
    const found = under(recordedRun(ab, ok('a'), nobody), sequential([step('b')]));
    expect(found.verdict).toBe('stuck');
    expect(found.why[0]).toMatchObject({ code: 'undo-lost', step: 'a' });
    expect(found.why.map(({ code }) => code)).not.toContain('worker-missing');
  });

  it('is compatible for a run that waits for a definition', () => {
    const unknown = { ...facts(ab), definition: null };
    const decision = sagaDecider.decide(start(unknown), sagaDecider.initial);
    const events = decision.kind === 'accepted' ? decision.events : [];
    expect(events.map(({ type }) => type)).toEqual(['SagaStarted', 'SagaWaiting']);
    const appends = [{ revision: 0, position: '0', at: NOW, events }];
    const found = under({ ...recordedRun(ab), appends, recorded: null }, ac);
    expect(found).toMatchObject({ verdict: 'compatible', why: [], decidedStatus: 'WAITING' });
    expect(found.differences).toEqual([]);
  });
});
