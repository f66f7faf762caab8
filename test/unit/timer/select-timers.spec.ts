import { describe, expect, it } from 'vitest';
import { previewShift } from '../../../src/queries/timer/preview-shift.ts';
import { selectTimers } from '../../../src/queries/timer/select-timers.ts';
import { flowAt, logOf, logPosition, queriesOver } from '../../support/read-models.ts';
import type { Written } from '../../support/read-models.ts';
import { NOW, sequential, step } from '../../support/saga-builders.ts';
import * as event from '../../support/saga-events.ts';

const started = event.started(sequential([step('a')]));
/** As many runs with two timers each, the second one much later. */
const runs = (count: number): readonly Written[] =>
  Array.from({ length: count }, (_, run): Written[] =>
    [
      ...[started, event.dispatched('a', { until: NOW + run * 10 })],
      event.dispatched('b', { until: NOW + 1_000_000 + run }),
    ].map((each) => [`saga-${flowAt(run)}`, each]),
  ).flat();
const flows = (from: number, to: number) =>
  Array.from({ length: to - from }, (_, index) => flowAt(from + index));

const selecting = async (count: number) => {
  const { readStore } = await queriesOver(logOf(...runs(count)));
  return selectTimers(readStore);
};

describe('a selection of timers', () => {
  it('goes through every page, and names each run once', async () => {
    const select = await selecting(600);
    const { flowIds, timers, first, isCut, position } = await select({}, 600);
    expect(flowIds).toEqual(flows(0, 600));
    expect({ timers, isCut, position }).toEqual({
      ...{ timers: 1200, isCut: false, position: logPosition(1799) },
    });
    expect(first.map(({ flowId }) => flowId)).toEqual(flows(0, 100));
  });

  it('is cut where there are more runs than were asked for', async () => {
    const select = await selecting(3);
    expect(await select({}, 2)).toMatchObject({ flowIds: flows(0, 2), isCut: true });
    expect(await select({}, 3)).toMatchObject({ flowIds: flows(0, 3), isCut: false });
  });

  it('begins at a time, also within the timers of one run', async () => {
    const select = await selecting(3);
    const from = new Date(NOW + 11).toISOString();
    const { flowIds, timers } = await select({ from }, 3);
    expect([flowIds, timers]).toEqual([[flowAt(2), flowAt(0), flowAt(1)], 4]);
    expect(await select({ from, step: 'a' }, 3)).toMatchObject({ flowIds: [flowAt(2)], timers: 1 });
  });

  it('of nothing is empty, as of where the read model is', async () => {
    const select = await selecting(1);
    expect(await select({ orchName: 'other' }, 3)).toEqual({
      ...{ flowIds: [], timers: 0, first: [], isCut: false, position: logPosition(2) },
    });
  });

  it('tells the times that a shift would lead to, as far as times go', async () => {
    const selected = await (await selecting(1))({ step: 'a' }, 1);
    const dueBy = (byMs: number) => previewShift(selected, { byMs }).first[0]?.newDueAt;
    expect(dueBy(1000)).toBe(new Date(NOW + 1000).toISOString());
    expect(dueBy(-10 * NOW)).toBe('1970-01-01T00:00:00.000Z');
    expect(dueBy(1e15)).toBe('9999-12-31T23:59:59.999Z');
  });
});
