import { describe, expect, it } from 'vitest';
import { diary } from '../../../src/projections/healing/read-model.ts';
import { healing } from '../../../src/projections/healing/projection.ts';
import { folded, logOf, timeAt } from '../../support/read-models.ts';
import type { Written } from '../../support/read-models.ts';
import { workersRegistered } from '../../support/registrations.ts';
import * as event from '../../support/saga-events.ts';

/** A run that waits from the time of the event of this number. */
const waits = (run: number, number: number): Written => [
  `saga-${run}`,
  event.workerMissing('a', { since: Date.parse(timeAt(number)) }),
];
const goesOn = (run: number, service = 'w'): Written => [`saga-${run}`, event.healed('a', { service })];
const comes = (service = 'w', steps = ['a']): Written => [
  'orchestration-tenant',
  workersRegistered(service, steps),
];
const nothing: Written = ['saga-0', event.completed];

const fold = (...log: readonly Written[]) =>
  diary.parse(folded(healing, logOf(...log)).get('tenant/a')?.body);

describe('the diary of a step', () => {
  it('opens an incident with the first run that waits, and counts the others', () => {
    const found = fold(waits(1, 0), waits(2, 1));
    expect(found).toMatchObject({
      ...{ orchName: 'tenant', step: 'a', open: true, since: timeAt(0), incidents: 1, earlier: [] },
      latest: { since: timeAt(0), until: null, suppliedAt: null, suppliedBy: [], waited: 2, resumed: 0 },
    });
  });

  it('says who came and when, and closes with the last run that goes on', () => {
    const waiting = [waits(1, 0), waits(2, 1), comes()];
    expect(fold(...waiting, goesOn(1))).toMatchObject({
      open: true,
      latest: { suppliedAt: timeAt(2), suppliedBy: ['w'], resumed: 1, until: null },
    });
    expect(fold(...waiting, goesOn(1), goesOn(2))).toMatchObject({
      open: false,
      latest: {
        ...{ waited: 2, resumed: 2, until: timeAt(4), firstResumedAt: timeAt(3), lastResumedAt: timeAt(4) },
        peakPerSecond: 1,
      },
    });
  });

  it('shows how many went on within one second at most', () => {
    const log = logOf(...[1, 2, 3].map((run) => waits(run, 0)), ...[1, 2, 3].map((run) => goesOn(run)));
    const times = [0, 0, 0, 5, 5, 6].map(timeAt);
    const paced = log.map((each, index) => ({
      ...each,
      metadata: { ...each.metadata, recordedAt: times[index] ?? timeAt(9) },
    }));
    const found = diary.parse(folded(healing, paced).get('tenant/a')?.body);
    expect(found.latest).toMatchObject({ peakPerSecond: 2, resumed: 3, until: timeAt(6) });
  });

  it('opens the next incident when the one before is over', () => {
    const found = fold(waits(1, 0), goesOn(1), waits(2, 2));
    expect(found).toMatchObject({
      ...{ open: true, since: timeAt(2), incidents: 2, latest: { waited: 1, resumed: 0 } },
      earlier: [{ since: timeAt(0), until: timeAt(1), waited: 1, resumed: 1 }],
    });
  });

  it('takes a wait soon after the worker came as part of the same incident', () => {
    expect(fold(waits(1, 0), comes(), waits(2, 2))).toMatchObject({ incidents: 1, latest: { waited: 2 } });
  });

  it('gives up on runs that did not go on long after the worker came', () => {
    const quiet = Array.from({ length: 70 }, () => nothing);
    const found = fold(waits(1, 0), waits(2, 0), comes(), goesOn(1), ...quiet, waits(3, 74));
    expect(found).toMatchObject({
      ...{ incidents: 2, latest: { since: timeAt(74), waited: 1 } },
      earlier: [{ waited: 2, resumed: 1, until: timeAt(3) }],
    });
  });

  it('finds a late run its incident, the latest first', () => {
    const quiet = Array.from({ length: 70 }, () => nothing);
    const two = [waits(1, 0), waits(2, 0), comes(), goesOn(1), ...quiet, waits(3, 74)];
    const found = fold(...two, goesOn(3), goesOn(2));
    expect(found.latest).toMatchObject({ waited: 1, resumed: 1 });
    expect(found.earlier).toMatchObject([{ waited: 2, resumed: 2 }]);
    expect(fold(...two, goesOn(3), goesOn(2), goesOn(9)).earlier).toEqual(found.earlier);
  });

  it('stays one incident while nobody comes, however long', () => {
    const quiet = Array.from({ length: 200 }, () => nothing);
    expect(fold(waits(1, 0), ...quiet, waits(2, 201))).toMatchObject({ incidents: 1, latest: { waited: 2 } });
  });

  it('keeps the last incidents only, and counts all', () => {
    const many = Array.from({ length: 30 }, (_, run) => [waits(run, 2 * run), goesOn(run)]).flat();
    expect(fold(...many)).toMatchObject({ incidents: 30, open: false });
    expect(fold(...many).earlier).toHaveLength(20);
  });

  it('is not opened by a registration, nor changed by one after it is over', () => {
    expect(folded(healing, logOf(comes())).get('tenant/a')?.body).toBeNull();
    const over = [waits(1, 0), goesOn(1)];
    expect(fold(...over, comes('v'))).toMatchObject({ latest: { suppliedBy: ['w'] } });
  });

  it('is found by the event alone, whatever its form', () => {
    const [registered] = logOf(comes('w', ['a', 'b']));
    if (registered === undefined) throw new Error('an event was written');
    expect(healing.keysOf(registered)).toEqual(['tenant/a', 'tenant/b']);
    for (const data of [null, {}, { steps: 'a' }, { steps: [1, { name: 2 }] }])
      expect(healing.keysOf({ ...registered, data })).toEqual([]);
    expect(healing.keysOf({ ...registered, type: 'StepWaiting', data: { step: 'a' } })).toEqual([]);
  });
});
