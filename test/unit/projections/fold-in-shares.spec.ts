import { describe, expect, it } from 'vitest';
import { START } from '../../../src/infra/event-store/port.ts';
import type { ShareFolder, ShareState } from '../../../src/infra/projector/port.ts';
import type { Slot } from '../../../src/infra/read-store/port.ts';
import type { Context, Progress } from '../../../src/projections/engine/context.ts';
import { foldInShares } from '../../../src/projections/engine/fold-in-shares.ts';
import { foldShare } from '../../../src/projections/engine/fold-share.ts';
import { beginFilling } from '../../../src/projections/engine/generations.ts';
import { markedLog } from '../../../src/projections/engine/log-mark.ts';
import { rateOf } from '../../../src/projections/engine/rate.ts';
import { entries } from '../../support/entries.ts';
import { memoryLog } from '../../support/memory-log.ts';
import { freshReadStore } from '../../support/projecting.ts';
import { tallyOf } from '../../support/tally.ts';

const clock = { now: () => 0 };
const LEAST = 3;
const projections = [tallyOf(), entries];

const staged = async (events: number, type = 'Added') => {
  const log = memoryLog({ batch: 2 });
  for (let number = 0; number < events; number += 1)
    log.append('thing-a', number === events - 1 ? type : 'Added', { by: 1 });
  const readStore = freshReadStore();
  const followers = [];
  for (const projection of projections) followers.push(await beginFilling(readStore, projection));
  return { log, readStore, followers };
};

type Stage = Awaited<ReturnType<typeof staged>>;

/** In this thread, all at once when it is begun. `after`: runs behind it. */
const sharing = ({ log, readStore }: Stage, after: () => void = () => undefined) => {
  const begun: Slot[] = [];
  const told: ShareState[] = [{ position: START, isDone: false }];
  const folder: ShareFolder = {
    least: LEAST,
    begin: async (slots) => {
      begun.push(...slots);
      const onFolded = (position: string): void => void told.push({ position, isDone: false });
      const way = { signal: new AbortController().signal, onFolded };
      await foldShare({ log, readStore, projections }, slots, way);
      told.push({ position: told.at(-1)?.position ?? START, isDone: true });
      after();
    },
    state: () => Promise.resolve(told.shift() ?? { position: START, isDone: true }),
  };
  return { begun, folder };
};

const folded = async (
  { log, readStore, followers }: Stage,
  shareFolder: ShareFolder,
): Promise<readonly string[]> => {
  const context: Context = {
    ...{ log: markedLog(log), readStore, shareFolder, clock, onMoved: () => undefined },
    ...{ live: new Map(), shadows: new Set(), rate: rateOf(clock) },
  };
  const progress: Progress = { phase: 'waiting', generation: null, position: START, events: 0 };
  const positions: string[] = [];
  const steps = foldInShares(context, followers, progress);
  while ((await steps.next()).done !== true) positions.push(progress.position);
  expect(progress.position).toBe(await log.lastPosition());
  return positions;
};

const scanned = ({ readStore, followers }: Stage) =>
  Promise.all(followers.map(({ slot }) => readStore.scan(slot, null, 100)));

describe('folding in shares', () => {
  it('leaves documents that are written once to the other thread, and ends when both are at the end', async () => {
    const [alone, shared] = [await staged(11), await staged(11)];
    await folded(alone, { ...sharing(alone).folder, least: 100 });
    const { begun, folder } = sharing(shared);
    const positions = await folded(shared, folder);
    expect(begun).toEqual([{ name: 'entries', generation: 1_000_001 }]);
    expect(await scanned(shared)).toEqual(await scanned(alone));
    expect((await scanned(shared))[1]).toHaveLength(11);
    const end = await shared.log.lastPosition();
    expect(shared.followers.map(({ checkpoint }) => checkpoint)).toEqual([end, end]);
    // While it waits it tells how far the other one is.
    expect(positions).toContain(START);
  });

  it('asks nobody for as few events as it folds itself in that time', async () => {
    const stage = await staged(LEAST - 1);
    const { begun, folder } = sharing(stage);
    await folded(stage, folder);
    expect(begun).toEqual([]);
    expect((await scanned(stage))[1]).toHaveLength(LEAST - 1);
  });

  it('ends with what has ended the other thread', async () => {
    const stage = await staged(11);
    const state = (): Promise<ShareState> => Promise.reject(new Error('no space'));
    await expect(folded(stage, { ...sharing(stage).folder, state })).rejects.toThrow('no space');
  });

  it('knows what the other thread has blocked', async () => {
    const stage = await staged(11, 'Unfoldable');
    await folded(stage, sharing(stage).folder);
    expect(stage.followers.map(({ blocked }) => [...blocked])).toEqual([['a'], ['a/10']]);
  });
});
