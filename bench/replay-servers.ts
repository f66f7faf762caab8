// bench/replay.ts on EventStoreDB and MongoDB: the whole log read, all read models filled, one rebuilt under load.
import { setTimeout as pause } from 'node:timers/promises';
import { systemClock, systemRandom } from '../src/infra/clock/system.ts';
import { eventStoreDb } from '../src/infra/event-store/eventstoredb/eventstoredb.ts';
import type { EventStore } from '../src/infra/event-store/port.ts';
import { START } from '../src/infra/event-store/port.ts';
import { connectMongo } from '../src/infra/mongodb/connect.ts';
import type { ProjectorEngine } from '../src/infra/projector/port.ts';
import { mongoReadStore } from '../src/infra/read-store/mongodb/mongodb.ts';
import { projections } from '../src/projections/all.ts';
import { createProjector } from '../src/projections/engine/projector.ts';
import { rebuildUnderLoad } from './support/rebuild.ts';
import { report } from './support/report.ts';
import { RUN_EVENTS, writeRuns } from './support/saga-log.ts';
import { startServerStack } from './support/server-stack.ts';

const LOOK_MS = 20;
const SLICE = 2048;
const PATIENCE_MS = 120_000;

const open = async ({ EVENTSTOREDB_URL, MONGODB_URL, NAMESPACE }: Readonly<Record<string, string>>) => {
  const around = { clock: systemClock(), random: systemRandom(), namespace: NAMESPACE ?? '' };
  const onTrouble = (error: unknown): void => {
    console.error(error);
  };
  const connection = await connectMongo({ ...around, url: MONGODB_URL ?? '', onTrouble });
  const store = await eventStoreDb({ ...around, url: EVENTSTOREDB_URL ?? '', onTrouble });
  const readStore = mongoReadStore({ ...around, connection, patienceMs: PATIENCE_MS });
  const close = async (): Promise<void> => {
    await readStore.close();
    await store.close();
    await connection.close();
  };
  return { store, readStore, close, clock: around.clock };
};

const readWhole = async ({ readAll }: EventStore): Promise<void> => {
  for (let after = START; ;) {
    const { position, isEnd } = await readAll({ after, max: SLICE });
    if (isEnd) return;
    after = position;
  }
};

const rated = async (id: string, what: string, events: number, work: () => Promise<void>): Promise<void> => {
  const start = performance.now();
  await work();
  report({ id, what, value: (1000 * events) / (performance.now() - start), unit: '/s' });
};

const untilServed = async (engine: ProjectorEngine, store: EventStore): Promise<void> => {
  const last = await store.lastPosition();
  const isServed = (): boolean =>
    engine.states().every(({ state, position }) => state === 'live' && position !== null && position >= last);
  while (!isServed()) await pause(LOOK_MS);
};

/** Runs the projector here as the process does that holds its lease. */
const withProjector = async (
  { store, readStore, clock }: Awaited<ReturnType<typeof open>>,
  work: (engine: ProjectorEngine) => Promise<void>,
): Promise<void> => {
  const engine = createProjector({
    ...{ log: store, readStore, projections, clock },
    onMoved: () => undefined,
  });
  const stopping = new AbortController();
  const looking = setInterval(engine.logMoved, LOOK_MS);
  const running = engine.run(stopping.signal);
  try {
    await Promise.race([work(engine), running]);
  } finally {
    clearInterval(looking);
    stopping.abort();
    await running;
  }
};

/** Starts the servers, measures over so many runs, and stops them. */
export const replayOnServers = async (runs: number): Promise<void> => {
  const stack = await startServerStack();
  console.log(stack.name);
  const events = runs * RUN_EVENTS;
  try {
    const stores = await open(stack.settings);
    const { store, readStore } = stores;
    await rated('replay-write', `${events} events written`, events, () => writeRuns(store, runs));
    await rated('replay-read-checked', 'log alone, hash chain checked', events, () => readWhole(store));
    await withProjector(stores, async (engine) => {
      const what = `all ${projections.length} read models from nothing`;
      await rated('rebuild-all', what, events, () => untilServed(engine, store));
      const jobOf = (name: string) =>
        Promise.resolve(engine.states().find((one) => one.name === name)?.job ?? null);
      await rebuildUnderLoad({ store, readStore, projector: engine, jobOf });
    });
    await stores.close();
  } finally {
    await stack.stop();
  }
};
