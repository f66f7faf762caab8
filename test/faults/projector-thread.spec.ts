import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { systemClock } from '../../src/infra/clock/system.ts';
import { embeddedEventStore } from '../../src/infra/event-store/embedded/embedded.ts';
import { eventsBetween } from '../../src/infra/event-store/embedded/position.ts';
import type { EventStore, Position } from '../../src/infra/event-store/port.ts';
import { NO_STREAM } from '../../src/infra/event-store/port.ts';
import { embeddedProjector } from '../../src/infra/projector/embedded.ts';
import type { Move, Projector } from '../../src/infra/projector/port.ts';
import { embeddedReadStore } from '../../src/infra/read-store/embedded/embedded.ts';
import type { ReadStore } from '../../src/infra/read-store/port.ts';
import { anEvent, appended, metadata } from '../support/events.ts';
import { freshDirectory } from '../support/fresh-directory.ts';
import { bodiesOf } from '../support/projecting.ts';

const WAIT = { timeout: 10_000, interval: 5 };
const SCRIPT = new URL('../support/tally-projector-process.ts', import.meta.url);

type Running = { readonly store: EventStore; readonly readStore: ReadStore; readonly projector: Projector };

const running = async (
  dataDir: string,
  onFailure?: (error: unknown) => void,
): Promise<Running & { readonly close: () => Promise<void> }> => {
  const store = await embeddedEventStore({ dataDir });
  const readStore = await embeddedReadStore({ dataDir });
  const clock = systemClock();
  const options = { script: SCRIPT, dataDir, log: store, eventsBetween, clock };
  const projector = embeddedProjector({ ...options, ...(onFailure === undefined ? {} : { onFailure }) });
  let closed: Promise<void> | undefined;
  const closeAll = async (): Promise<void> => {
    await projector.close();
    await readStore.close();
    await store.close();
  };
  const close = (): Promise<void> => (closed ??= closeAll());
  onTestFinished(close);
  return { store, readStore, projector, close };
};

const add = async (store: EventStore, name: string, type = 'Added'): Promise<Position> => {
  const { events } = await store.readStream(`thing-${name}`, { from: 'end', direction: 'backwards', max: 1 });
  const head = events[0] ?? NO_STREAM;
  const result = appended(await store.append(`thing-${name}`, head, [anEvent(type, { by: 1 })], metadata()));
  return result.events.at(-1)?.position ?? '';
};

const patience = () => AbortSignal.timeout(10_000);

describe('the projector thread', () => {
  it('says when the log can no longer be followed, and nothing of it when it is closed itself', async () => {
    const failures: unknown[] = [];
    const { store, projector } = await running(freshDirectory(), (error) => failures.push(error));
    expect(await projector.reached('tally', await add(store, 'a'), patience())).toBe(true);
    await store.close();
    await vi.waitFor(() => {
      expect(failures).toMatchObject([{ name: 'StoreClosed' }]);
    }, WAIT);
    const closed: unknown[] = [];
    const other = await running(freshDirectory(), (error) => closed.push(error));
    expect(await other.projector.reached('tally', await add(other.store, 'a'), patience())).toBe(true);
    await other.close();
    expect(closed).toEqual([]);
  });

  it('keeps read models up with the log, and tells what has changed', async () => {
    const { store, readStore, projector } = await running(freshDirectory());
    expect(await projector.reached('tally', await add(store, 'a'), patience())).toBe(true);
    const moves: Move[] = [];
    const stop = projector.onChange('tally', (move) => moves.push(move));
    const position = await add(store, 'b');
    expect(await projector.reached('tally', position, patience())).toBe(true);
    expect(moves).toEqual([{ name: 'tally', position, ids: ['b'] }]);
    stop();
    expect(await projector.reached('tally', await add(store, 'c'), patience())).toBe(true);
    expect(moves).toHaveLength(1);
    expect(Object.keys(await bodiesOf(readStore, 'tally'))).toEqual(['a', 'b', 'c']);
  });

  it('misses nothing of many appends at once', async () => {
    const { store, readStore, projector } = await running(freshDirectory());
    const names = Array.from({ length: 300 }, (_, index) => `n${String(index)}`);
    const positions = await Promise.all(names.map((name) => add(store, name)));
    const last = positions.toSorted().at(-1) ?? '';
    expect(await projector.reached('tally', last, patience())).toBe(true);
    expect(Object.keys(await bodiesOf(readStore, 'tally')).sort()).toEqual(names.toSorted());
  });

  it('says how far it is', async () => {
    const { store, projector } = await running(freshDirectory());
    const position = await add(store, 'a');
    await projector.reached('tally', position, patience());
    expect(await projector.status()).toMatchObject({
      projector: 'running',
      restarts: 0,
      position,
      projections: [
        {
          name: 'tally',
          state: 'live',
          position,
          lag: { events: 0, seconds: 0 },
          blocked: 0,
          secondsLeft: null,
        },
      ],
    });
  });

  it('stops waiting when the caller does', async () => {
    const { projector } = await running(freshDirectory());
    const never = `9${'0'.repeat(39)}`;
    const abort = new AbortController();
    const waiting = projector.reached('tally', never, abort.signal);
    abort.abort();
    expect(await waiting).toBe(false);
    expect(await projector.reached('tally', never, AbortSignal.abort())).toBe(false);
  });

  it('is started again when it dies, and goes on where it was', async () => {
    const { store, readStore, projector } = await running(freshDirectory());
    await projector.reached('tally', await add(store, 'a'), patience());
    const fatal = await add(store, 'a', 'Died');
    await vi.waitFor(async () => {
      expect((await projector.status()).restarts).toBe(1);
    }, WAIT);
    expect(await bodiesOf(readStore, 'tally')).toMatchObject({ a: { count: 1 } });
    expect(await projector.reached('tally', fatal, patience())).toBe(true);
    expect(await projector.reached('tally', await add(store, 'a'), patience())).toBe(true);
    expect(await bodiesOf(readStore, 'tally')).toMatchObject({ a: { count: 3 } });
    expect(await projector.status()).toMatchObject({ projector: 'running', restarts: 1 });
  });

  it('goes on with what comes after it was started again, also where something came while it was down', async () => {
    const { store, projector } = await running(freshDirectory());
    await projector.reached('tally', await add(store, 'a'), patience());
    await add(store, 'a', 'Died');
    await vi.waitFor(
      async () => {
        expect((await projector.status()).projector).toBe('restarting');
      },
      { ...WAIT, interval: 1 },
    );
    expect(await projector.reached('tally', await add(store, 'b'), patience())).toBe(true);
    expect(await projector.reached('tally', await add(store, 'c'), patience())).toBe(true);
  });

  it('refuses requests and shows the lag while it is down', async () => {
    const { store, projector } = await running(freshDirectory());
    await projector.reached('tally', await add(store, 'a'), patience());
    await projector.status();
    await add(store, 'a', 'Died');
    await vi.waitFor(
      async () => {
        expect(await projector.verify('tally')).toMatchObject({ code: 'projector_unavailable' });
        const { projector: state, projections } = await projector.status();
        expect(state).toBe('restarting');
        expect(projections).toMatchObject([{ lag: { events: 1 } }]);
      },
      { ...WAIT, interval: 1 },
    );
  });

  it('rebuilds and rolls back while events come in', async () => {
    const { store, projector } = await running(freshDirectory());
    await projector.reached('tally', await add(store, 'a'), patience());
    expect(await projector.rebuild('tally', { acceptChanges: false })).toMatchObject({ kind: 'started' });
    const meanwhile = Array.from({ length: 20 }, (_, index) => add(store, `m${String(index)}`));
    await Promise.all(meanwhile);
    const resultOf = async () => (await projector.status()).projections[0]?.job?.result;
    await vi.waitFor(async () => {
      expect(await resultOf()).toMatchObject({ kind: 'switched', comparison: { isEqual: true } });
    }, WAIT);
    expect(await projector.rollback('tally')).toMatchObject({ kind: 'rolled-back', generation: 1_000_001 });
    expect(await projector.unblock('tally', 'a')).toMatchObject({ code: 'document_not_blocked' });
  });

  it('fills everything again when the read models were deleted', async () => {
    const dataDir = freshDirectory();
    const before = await running(dataDir);
    await before.projector.reached('tally', await add(before.store, 'a'), patience());
    await before.close();
    for (const end of ['', '-wal', '-shm']) rmSync(join(dataDir, `read.db${end}`), { force: true });
    const { store, readStore, projector } = await running(dataDir);
    expect(await projector.reached('tally', await store.lastPosition(), patience())).toBe(true);
    expect(await bodiesOf(readStore, 'tally')).toMatchObject({ a: { count: 1 } });
  });
});
