import { describe, expect, it, onTestFinished } from 'vitest';
import { openReadStore } from '../../../src/infra/read-store/embedded/open.ts';
import { START } from '../../../src/infra/event-store/port.ts';
import { foldUpTo } from '../../../src/projections/engine/fold-up-to.ts';
import type { Projection } from '../../../src/projections/projection.ts';
import { freshDirectory } from '../../support/fresh-directory.ts';
import { memoryLog, positionAt } from '../../support/memory-log.ts';
import { documentsOf, projecting } from '../../support/projecting.ts';
import { tallyOf } from '../../support/tally.ts';

const EVENTS = 25;
const way = (upTo: string, signal = new AbortController().signal) => {
  const batches: number[] = [];
  return { upTo, signal, batches, onBatch: (events: number) => void batches.push(events) };
};

const world = (events = EVENTS) => {
  const log = memoryLog({ batch: 4 });
  for (let number = 0; number < events; number += 1)
    log.append(`thing-${String(number % 3)}`, 'Added', { by: number });
  const open = () => {
    const readStore = openReadStore({ dataDir: freshDirectory() });
    onTestFinished(readStore.close);
    return { log, readStore, projections: [tallyOf()] };
  };
  return { log, open };
};

describe('folding up to a position', () => {
  it('leaves what a projector leaves that has seen the log up to there', async () => {
    for (const end of [1, 4, 13, EVENTS]) {
      const deps = world().open();
      await foldUpTo(deps, way(positionAt(end)));
      const shorter = world(end).open();
      await projecting(shorter).caughtUp();
      const name = tallyOf().spec.name;
      expect(await documentsOf(deps.readStore, name)).toEqual(await documentsOf(shorter.readStore, name));
      expect((await deps.readStore.get(name, '0')).position).toBe(positionAt(end));
    }
  });

  it('goes on from where it ended before, without looking at what it has', async () => {
    const deps = world().open();
    await foldUpTo(deps, way(positionAt(9)));
    const rest = way(positionAt(21));
    await foldUpTo(deps, rest);
    expect(rest.batches.reduce((sum, events) => sum + events, 0)).toBe(12);
    const atOnce = world().open();
    await foldUpTo(atOnce, way(positionAt(21)));
    const name = tallyOf().spec.name;
    expect(await documentsOf(deps.readStore, name)).toEqual(await documentsOf(atOnce.readStore, name));
  });

  it('counts an event once, though a document could not be stored', async () => {
    const deps = world().open();
    const tally = tallyOf();
    const careless: Projection = {
      ...tally,
      fold: (body, event, id) => (event.revision === 2 ? { name: undefined } : tally.fold(body, event, id)),
    };
    const all = way(positionAt(EVENTS));
    await foldUpTo({ ...deps, projections: [careless] }, all);
    expect(all.batches.reduce((sum, events) => sum + events, 0)).toBe(EVENTS);
    expect(await deps.readStore.get(tally.spec.name, '0')).toMatchObject({
      document: { blocked: { parked: 7 } },
    });
  });

  it('up to the start leaves read models that are empty, and can be queried', async () => {
    const { readStore, ...deps } = world().open();
    await foldUpTo({ ...deps, readStore }, way(START));
    const page = { where: [], sort: { field: 'count', direction: 'asc' }, limit: 1 } as const;
    expect(await readStore.find(tallyOf().spec.name, page)).toEqual({ documents: [], position: START });
  });

  it('reflects a position behind the last event where the log was looked at up to there', async () => {
    const { readStore, ...deps } = world(3).open();
    await foldUpTo({ ...deps, readStore }, way(positionAt(7)));
    expect((await readStore.get(tallyOf().spec.name, '0')).position).toBe(positionAt(7));
  });

  it('ends with the reason once the signal has aborted', async () => {
    const stopping = new AbortController();
    const deps = world().open();
    const going = way(positionAt(EVENTS), stopping.signal);
    const onBatch = (): void => {
      stopping.abort(new Error('enough'));
    };
    await expect(foldUpTo(deps, { ...going, onBatch })).rejects.toThrow('enough');
  });
});
