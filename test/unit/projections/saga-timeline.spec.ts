import { describe, expect, it } from 'vitest';
import { timelineEntry } from '../../../src/projections/saga-timeline/read-model.ts';
import { sagaTimeline } from '../../../src/projections/saga-timeline/projection.ts';
import { laterSagaEvents, sagaStart } from '../../support/every-event.ts';
import { folded, logOf, logPosition, timeAt } from '../../support/read-models.ts';
import { NOW } from '../../support/saga-builders.ts';
import * as event from '../../support/saga-events.ts';

const log = logOf(...[sagaStart, ...laterSagaEvents].map((each) => ['saga-1', each] as const));
const entries = [...folded(sagaTimeline, log).values()].map(({ body }) => timelineEntry.parse(body));
const wordsOf = (each: typeof sagaStart): string =>
  timelineEntry.parse(folded(sagaTimeline, logOf(['saga-1', each])).get('1/0')?.body).text;

describe('the timeline of a run', () => {
  it('has an entry per event, in the order of the run', () => {
    expect(entries.map(({ revision, kind }) => [revision, kind])).toEqual(
      log.map(({ revision, type }) => [revision, type]),
    );
    expect(entries[5]).toEqual({
      ...{ flowId: '1', revision: 5, at: timeAt(5), kind: 'StepDispatched', step: 'a', action: 'do' },
      ...{
        text: 'Step a is offered to its workers over http (attempt 1)',
        by: 'erik',
        position: logPosition(5),
      },
    });
    expect(entries[0]).toMatchObject({ step: null, action: null, text: 'A run of tenant started' });
  });

  it('says each event in words of its own', () => {
    expect(new Set(entries.map(({ text }) => text)).size).toBe(entries.length);
  });

  it('holds nothing that was sealed', () => {
    expect(JSON.stringify(entries)).not.toMatch(/1\.key-1/);
  });

  it.each([
    [event.noWorker('a'), 'Step a failed: no worker serves it, and it was not to wait'],
    [event.failed('a', { code: null, claim: null }), 'Step a failed (attempt 1)'],
    [event.failed('a'), 'Step a failed with oops at a-service (attempt 1)'],
    [
      event.timedOut('a', { kind: 'schedule', claim: null }),
      'Step a was taken by no worker in time (attempt 1)',
    ],
    [event.retryScheduled('a', { until: null }), 'Step a is tried again (attempt 2)'],
    [
      event.retryScheduled('a', { until: NOW }),
      'Step a is tried again at 2023-11-14T22:13:20.000Z (attempt 2)',
    ],
    [
      event.rescheduled('a', { until: NOW }),
      'Step a has its next attempt moved to 2023-11-14T22:13:20.000Z (they are closed)',
    ],
    [
      event.fired('a', { kind: 'schedule' }),
      'Step a has its deadline for being taken now, by request (they are open)',
    ],
    [
      event.timerCancelled('a', { kind: 'schedule' }),
      'Step a has its deadline for being taken cancelled (somebody looks into it)',
    ],
    [
      event.timerCancelled('a', { action: 'undo' }),
      'The undo of step a has its next attempt cancelled: a person decides (somebody looks into it)',
    ],
    [event.skipped('a'), 'The undo of step a was skipped (not needed)'],
    [event.cancelRequested(false), 'The run is cancelled'],
    [event.cancelRequested(true), 'The run is cancelled and undone'],
    [event.undoStarted([]), 'The undo started: nothing to undo'],
    [
      event.undoStarted(['b', 'a'], { failed: 'c', reason: 'why' }),
      'The undo started after step c failed (why): b, a',
    ],
  ])('tells the cases of an event apart %#', (each, words) => {
    expect(wordsOf(each)).toBe(words);
  });
});
