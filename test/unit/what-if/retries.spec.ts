import { describe, expect, it } from 'vitest';
import type { SagaCommand } from '../../../src/domain/saga/commands.ts';
import { fail, NOW, sequential, step, succeed, timeOut, told } from '../../support/saga-builders.ts';
import { recordedRun, textsOf, under } from '../../support/recorded-run.ts';
import type { Told } from '../../support/recorded-run.ts';

const ok: Told = (known) => succeed('a', known);
const no: Told = (known) => fail('a', known);
const wake: Told = (known) => told({ type: 'AdvanceSaga' }, known);
const retrying = (maxRetries: number, backoffMs = 1000) =>
  sequential([step('a', { retry: { maxRetries, backoffMs } })]);

describe('retries', () => {
  it('go on where there are more of them, with an outcome that is assumed', () => {
    const found = under(recordedRun(retrying(0), no), retrying(1));
    expect(found).toMatchObject({
      decidedStatus: 'COMPLETED',
      assumed: [{ step: 'a', action: 'do', attempt: 2, outcome: 'success' }],
    });
    expect(textsOf(found)).toEqual([
      'added StepRetryScheduled do a',
      'added StepDispatched do a',
      'added StepSucceeded do a',
      'added SagaCompleted',
      'missing SagaFailed',
    ]);
  });

  it('end where there are fewer, whatever became of the later ones', () => {
    const found = under(recordedRun(retrying(1), no, wake, ok), retrying(0));
    expect(found).toMatchObject({ decidedStatus: 'FAILED', assumed: [], steps: { skipped: [] } });
    expect(textsOf(found)).toContain('missing StepSucceeded do a');
  });

  it('come when they are due, sooner or later than they were recorded', () => {
    const recorded = recordedRun(retrying(1, 4000), no, [5000, wake], [6000, ok]);
    for (const backoffMs of [500, 60_000]) {
      const found = under(recorded, retrying(1, backoffMs));
      expect(found).toMatchObject({ decidedStatus: 'COMPLETED', assumed: [], refused: [] });
      const again = found.differences.find(({ type, attempt }) => type === 'StepDispatched' && attempt === 2);
      expect(again?.changes).toEqual([
        { field: 'since', recorded: NOW + 5000, decided: NOW + 1000 + backoffMs },
      ]);
    }
  });

  it('that a run waits for are waited for, unless they are due at another time', () => {
    const waiting = recordedRun(retrying(1, 4000), no);
    expect(under(waiting, retrying(1, 4000)).differences).toEqual([]);
    const sooner = under(waiting, retrying(1, 500));
    expect(sooner).toMatchObject({ verdict: 'compatible', decidedStatus: 'IN_PROGRESS' });
    expect(textsOf(sooner)).toEqual(['changed StepRetryScheduled do a']);
  });

  it('ask anew whether an error is one to try again after', () => {
    const plain = retrying(1);
    const hopeless = sequential([step('a', { retry: { maxRetries: 1, nonRetryable: ['oops'] } })]);
    expect(under(recordedRun(hopeless, no), plain)).toMatchObject({ decidedStatus: 'COMPLETED' });
    expect(under(recordedRun(plain, no, wake, ok), hopeless)).toMatchObject({ decidedStatus: 'FAILED' });
  });
});

describe('time limits', () => {
  const limited = (timeoutMs: number, scheduleTimeoutMs: number | null = null) =>
    sequential([step('a', { timeoutMs, scheduleTimeoutMs, undo: false })]);
  /** Claimed two seconds after the start, answered eight seconds later. */
  const slow: Told = [10_000, (known) => ({ ...succeed('a', known), claim: { by: 'w', at: NOW + 2000 } })];

  it('that are shorter give up what took longer', () => {
    const recorded = recordedRun(limited(60_000), slow);
    expect(under(recorded, limited(8000)).decidedStatus).toBe('COMPLETED');
    const found = under(recorded, limited(7999));
    expect(found.decidedStatus).toBe('FAILED');
    expect(textsOf(found)).toContain('added StepTimedOut do a');
  });

  it('of the offer give up what was claimed too late', () => {
    const recorded = recordedRun(limited(60_000), slow);
    expect(under(recorded, limited(60_000, 2000)).decidedStatus).toBe('COMPLETED');
    expect(under(recorded, limited(60_000, 1999)).decidedStatus).toBe('FAILED');
  });

  it('that are longer leave the outcome open, and so assumed', () => {
    const gone: Told = [70_000, (known) => timeOut('a', known)];
    expect(under(recordedRun(limited(60_000), gone), limited(60_001))).toMatchObject({
      decidedStatus: 'COMPLETED',
      assumed: [{ step: 'a', attempt: 1, outcome: 'success' }],
    });
    expect(under(recordedRun(limited(60_000), gone), limited(1000)).decidedStatus).toBe('FAILED');
  });

  it('of the offer that are longer would not have been over', () => {
    const unclaimed: Told = [
      3000,
      (known) => ({ ...timeOut('a', known, { kind: 'schedule' }), claim: null }),
    ];
    const found = under(recordedRun(limited(60_000, 3000), unclaimed), limited(60_000, 3001));
    expect(found).toMatchObject({
      decidedStatus: 'COMPLETED',
      refused: [],
      assumed: [{ step: 'a', attempt: 1, outcome: 'success' }],
    });
  });
});

describe('a timer that a person moved', () => {
  const on = { step: 'a', action: 'do', reason: 'x' } as const;
  const moved =
    (type: 'FireTimer' | 'CancelTimer'): Told =>
    (known): SagaCommand =>
      told({ type, ...on, revision: 3 }, known);

  it('is moved again where it is the same one', () => {
    const recorded = recordedRun(retrying(1, 60_000), no, moved('FireTimer'), ok);
    const found = under(recorded, retrying(1, 30_000));
    expect(found).toMatchObject({ decidedStatus: 'COMPLETED', refused: [], assumed: [] });
    expect(textsOf(found)).toEqual(['changed StepRetryScheduled do a']);
    const cancelled = recordedRun(retrying(1, 60_000), no, moved('CancelTimer'));
    const later = under(cancelled, retrying(2, 50_000));
    expect(later).toMatchObject({ decidedStatus: 'WAITING', verdict: 'compatible', refused: [] });
  });

  it('comes too late where the step is tried again sooner', () => {
    const cancelled = recordedRun(retrying(1, 60_000), no, moved('CancelTimer'));
    const found = under(cancelled, retrying(1, 500));
    expect(found).toMatchObject({ decidedStatus: 'COMPLETED', verdict: 'needs-mapping' });
    expect(found.refused).toEqual([{ revision: 4, type: 'TimerCancelled', code: 'not_applicable' }]);
  });

  it('is no longer there where nothing is tried again', () => {
    const found = under(recordedRun(retrying(1, 60_000), no, moved('CancelTimer')), retrying(0));
    expect(found).toMatchObject({
      decidedStatus: 'FAILED',
      verdict: 'needs-mapping',
      refused: [{ type: 'TimerCancelled', code: 'not_applicable' }],
    });
  });
});
