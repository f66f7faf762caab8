import { existsSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import type { Target } from '../../../src/infra/past-stores/make.ts';
import { pastStores } from '../../../src/infra/past-stores/past-stores.ts';
import type { PastStore, PastStores } from '../../../src/infra/past-stores/port.ts';
import { freshDirectory } from '../../support/fresh-directory.ts';
import { positionAt } from '../../support/memory-log.ts';
import { memoryReadStore } from '../../support/memory-read-store.ts';

type Filling = Target & { readonly finish: () => void; readonly fail: (error: Error) => void };

const KIB = 1024;
const PATIENT = new AbortController().signal;
const AT_ONCE = AbortSignal.abort();

/** Read models of 10 KiB each, which a test fills when it likes. */
const world = (maxBytes = 100 * KIB) => {
  const directory = join(freshDirectory(), 'own');
  const fillings: Filling[] = [];
  const copies: string[] = [];
  const troubles: unknown[] = [];
  const failures: (() => void)[] = [];
  let open = 0;
  const stores = pastStores({
    ...{ directory, maxBytes },
    open: (_at, onFailure) => {
      failures.push(onFailure);
      open += 1;
      const close = () => Promise.resolve(void (open -= 1));
      return Promise.resolve({ ...memoryReadStore(), close });
    },
    copy: (from) => Promise.resolve(void copies.push(from)),
    build: (target) =>
      new Promise((resolve, reject) => {
        writeFileSync(join(target.directory, 'read.db'), Buffer.alloc(10 * KIB));
        fillings.push({ ...target, finish: resolve, fail: reject });
        const stop = (): void => {
          reject(new Error('stopped'));
        };
        if (target.signal.aborted) stop();
        target.signal.addEventListener('abort', stop);
      }),
    onTrouble: (error) => void troubles.push(error),
  });
  onTestFinished(stores.close);
  const begun = (count: number) => expect.poll(() => fillings.length).toBe(count);
  return { stores, directory, fillings, copies, troubles, failures, begun, open: () => open };
};

const released = async (asked: Promise<PastStore>): Promise<void> => {
  const past = await asked;
  if (past.kind !== 'ready') throw new Error('it is still being made');
  past.release();
};

/** Makes the read models of a position and lets them go. */
const made = async ({ stores, fillings, begun }: ReturnType<typeof world>, number: number): Promise<void> => {
  const asked = stores.at(positionAt(number), PATIENT);
  await begun(fillings.length + 1);
  fillings.at(-1)?.finish();
  await released(asked);
};

const isKept = async (stores: PastStores, number: number): Promise<boolean> => {
  const past = await stores.at(positionAt(number), AT_ONCE);
  if (past.kind === 'ready') past.release();
  return past.kind === 'ready';
};

describe('read models of the past', () => {
  it('are made once for all who ask for the same position', async () => {
    const { stores, fillings, begun, open } = world();
    const asked = [1, 1, 1].map((number) => stores.at(positionAt(number), PATIENT));
    await begun(1);
    expect(fillings[0]?.upTo).toBe(positionAt(1));
    fillings[0]?.finish();
    await Promise.all(asked.map(released));
    await released(stores.at(positionAt(1), PATIENT));
    expect([fillings.length, open()]).toEqual([1, 1]);
  });

  it('go on being made for whoever asks later when one has given up, and tell how far they are', async () => {
    const { stores, fillings, begun } = world();
    expect(await stores.at(positionAt(1), AT_ONCE)).toMatchObject({
      kind: 'building',
      events: 0,
      recordedAt: null,
    });
    await begun(1);
    fillings[0]?.onBatch(70, '2026-01-01T00:00:00.000Z');
    fillings[0]?.onBatch(0, null);
    expect(await stores.at(positionAt(1), AT_ONCE)).toEqual({
      ...{ kind: 'building', isBegun: true, events: 70, recordedAt: '2026-01-01T00:00:00.000Z' },
    });
    fillings[0]?.finish();
    await released(stores.at(positionAt(1), PATIENT));
    expect(fillings).toHaveLength(1);
  });

  it('are made two at a time; eight more wait, others are not even begun', async () => {
    const { stores, fillings, begun } = world();
    const asked = Array.from({ length: 10 }, (_, number) => stores.at(positionAt(number + 1), PATIENT));
    await begun(2);
    expect(await stores.at(positionAt(11), PATIENT)).toMatchObject({ kind: 'building', isBegun: false });
    for (let number = 0; number < 10; number += 1) {
      await begun(Math.min(number + 2, 10));
      fillings[number]?.finish();
    }
    await Promise.all(asked.map(released));
    expect(fillings.map(({ upTo }) => upTo).toSorted()).toEqual(
      Array.from({ length: 10 }, (_, number) => positionAt(number + 1)),
    );
  });

  it('begin from the nearest earlier ones that are kept', async () => {
    const made1 = world();
    for (const number of [10, 30, 50]) await made(made1, number);
    await made(made1, 40);
    await made(made1, 5);
    expect(made1.copies.map((from) => from.slice(made1.directory.length + 1))).toEqual([
      ...['1/read.db', '2/read.db', '2/read.db'],
    ]);
  });

  it('go, the longest unused first, where they take more room than they may', async () => {
    const made2 = world(25 * KIB);
    const { stores, directory, open } = made2;
    await made(made2, 1);
    await made(made2, 2);
    expect(await isKept(stores, 1)).toBe(true);
    await made(made2, 3);
    await expect.poll(() => readdirSync(directory).length).toBe(2);
    expect([await isKept(stores, 1), await isKept(stores, 3), open()]).toEqual([true, true, 2]);
    expect(await isKept(stores, 2)).toBe(false);
  });

  it('stay while somebody asks them, and those used last in any case', async () => {
    const made3 = world(5 * KIB);
    const { stores, fillings, begun } = made3;
    const first = stores.at(positionAt(1), PATIENT);
    await begun(1);
    fillings[0]?.finish();
    const held = await first;
    await made(made3, 2);
    expect([await isKept(stores, 2), readdirSync(made3.directory)]).toEqual([true, ['1', '2']]);
    if (held.kind === 'ready') held.release();
    await expect.poll(() => readdirSync(made3.directory)).toEqual(['2']);
  });

  it('that could not be made are an error for who waits, and are made anew for who asks next', async () => {
    const { stores, fillings, begun, troubles, directory, open } = world();
    const asked = stores.at(positionAt(1), PATIENT);
    const refused = expect(asked).rejects.toThrow('the log is away');
    await begun(1);
    fillings[0]?.fail(new Error('the log is away'));
    await refused;
    expect(troubles).toHaveLength(1);
    await expect.poll(() => [open(), existsSync(join(directory, '1'))]).toEqual([0, false]);
    const next = stores.at(positionAt(1), PATIENT);
    await begun(2);
    fillings[1]?.finish();
    await released(next);
  });

  it('whose file fails are made anew', async () => {
    const broken = world();
    await made(broken, 1);
    broken.failures[0]?.();
    await made(broken, 1);
    expect(broken.fillings).toHaveLength(2);
  });

  it('leave nothing behind when they are closed, also in the middle of being made', async () => {
    const closing = world();
    await made(closing, 1);
    const asked = closing.stores.at(positionAt(2), PATIENT);
    const refused = expect(asked).rejects.toThrow();
    const waiting = [3, 4].map((number) =>
      expect(closing.stores.at(positionAt(number), PATIENT)).rejects.toThrow(),
    );
    await closing.begun(3);
    await closing.stores.close();
    await Promise.all([refused, ...waiting]);
    expect([existsSync(closing.directory), closing.open(), closing.troubles]).toEqual([false, 0, []]);
  });
});
