import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { embeddedEventStore } from '../../src/infra/event-store/embedded/embedded.ts';
import { embeddedLogReader } from '../../src/infra/event-store/embedded/log-reader.ts';
import { NO_STREAM, START } from '../../src/infra/event-store/port.ts';
import { embeddedReadStore } from '../../src/infra/read-store/embedded/embedded.ts';
import { openReadStore, openSharedReadStore } from '../../src/infra/read-store/embedded/open.ts';
import type { LargeWriteOptions } from '../../src/infra/read-store/embedded/open.ts';
import type { ReadStore } from '../../src/infra/read-store/port.ts';
import { createProjector } from '../../src/projections/engine/projector.ts';
import type { ProjectorDeps } from '../../src/projections/engine/projector.ts';
import { entries } from '../support/entries.ts';
import { anEvent, appended, metadata } from '../support/events.ts';
import { freshDirectory } from '../support/fresh-directory.ts';
import { digestOf, documentsOf } from '../support/projecting.ts';
import { tallyOf } from '../support/tally.ts';

const THREAD = new URL('../support/fill-process.ts', import.meta.url);
const EVENTS = 1500;
const AT_ONCE = 500;
const LEAST = 300;
const clock = { now: () => performance.now() };
const tally = tallyOf({ known: ['Added', 'Died'] });
const projections = [tally, entries];

/** A log of one thing; where it says so, its last event ends the thread. */
const written = async (last = 'Added'): Promise<string> => {
  const dataDir = freshDirectory();
  const store = await embeddedEventStore({ dataDir });
  let head = NO_STREAM;
  for (let from = 0; from < EVENTS; from += AT_ONCE) {
    const events = Array.from({ length: AT_ONCE }, (_, at) =>
      anEvent(from + at === EVENTS - 1 ? last : 'Added', { by: 1 }),
    );
    head = appended(await store.append('thing-a', head, events, metadata())).events.at(-1) ?? head;
  }
  await store.close();
  return dataDir;
};

type Stores = Pick<ProjectorDeps, 'readStore' | 'shareFolder'>;

/** Runs a projector until both read models are served. */
const filled = async (dataDir: string, stores: Stores, stop = new AbortController()): Promise<void> => {
  const log = embeddedLogReader({ dataDir });
  const served = new Set<string>();
  const engine = createProjector({
    ...{ log, clock, projections, ...stores },
    onMoved: (moves) => {
      for (const { name } of moves) served.add(name);
      if (served.size === projections.length) stop.abort();
    },
  });
  try {
    await engine.run(stop.signal);
  } finally {
    log.close();
  }
};

const shared = (dataDir: string, options: LargeWriteOptions = {}): ReturnType<typeof openSharedReadStore> => {
  const stores = openSharedReadStore({ dataDir, thread: THREAD, shareLeast: LEAST, ...options });
  onTestFinished(stores.readStore.close);
  return stores;
};

/** What a start says of the file that it finds. */
const startedOver = async (dataDir: string): Promise<readonly string[]> => {
  const reasons: string[] = [];
  const onRecreated = (reason: string): void => void reasons.push(reason);
  await (await embeddedReadStore({ dataDir, onRecreated })).close();
  return reasons;
};

const digests = (store: ReadStore): Promise<readonly string[]> =>
  Promise.all(projections.map(({ spec }) => digestOf(store, spec.name)));

const alone = async (dataDir: string): Promise<readonly string[]> => {
  const readStore = openReadStore({ dataDir: freshDirectory() });
  onTestFinished(readStore.close);
  await filled(dataDir, { readStore });
  return digests(readStore);
};

describe('a fill in two threads', { timeout: 60_000 }, () => {
  it('makes the same documents as one in one', async () => {
    const dataDir = await written();
    const { readStore, shareFolder } = shared(dataDir);
    await filled(dataDir, { readStore, shareFolder });
    expect(await documentsOf(readStore, 'entries')).toHaveLength(EVENTS);
    expect(await digests(readStore)).toEqual(await alone(dataDir));
    await readStore.close();
    expect(await startedOver(dataDir)).toEqual([]);
  });

  it('ends with the thread that helps, and begins anew', async () => {
    const dataDir = await written('Died');
    const first = shared(dataDir);
    await expect(filled(dataDir, first)).rejects.toThrow('the thread has ended');
    expect(existsSync(join(dataDir, 'has-died'))).toBe(true);
    expect(await first.readStore.generations('entries')).toMatchObject({ live: null });
    await first.readStore.close();
    const { readStore, shareFolder } = shared(dataDir);
    await filled(dataDir, { readStore, shareFolder });
    expect(await digests(readStore)).toEqual(await alone(dataDir));
  });

  it('writes nothing more once its share has failed', async () => {
    const dataDir = freshDirectory();
    writeFileSync(join(dataDir, 'has-failed'), '');
    const { readStore, shareFolder } = shared(dataDir, { largeWrite: 0 });
    const slot = { name: entries.spec.name, generation: 1 };
    await readStore.fill(entries.spec, slot.generation);
    // Its answer may come before the end or not.
    await Promise.allSettled([shareFolder.begin([slot])]);
    const batch = { slot, documents: [], checkpoint: START };
    await expect(readStore.writeAll([batch])).rejects.toThrow('no space');
    await expect(shareFolder.state()).rejects.toThrow('no space');
  });

  it('is stopped in the middle of it, and begins anew', async () => {
    const dataDir = await written();
    const { readStore, shareFolder } = shared(dataDir);
    const stop = new AbortController();
    const begin: typeof shareFolder.begin = async (slots) => {
      await shareFolder.begin(slots);
      stop.abort();
    };
    await filled(dataDir, { readStore, shareFolder: { ...shareFolder, begin } }, stop);
    await readStore.close();
    expect(await startedOver(dataDir)).toEqual(['unfinished']);
    const again = shared(dataDir);
    expect(await again.readStore.generations('entries')).toMatchObject({ live: null });
    await filled(dataDir, again);
    expect(await digests(again.readStore)).toEqual(await alone(dataDir));
  });
});
