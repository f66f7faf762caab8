// N-12: retention against a model that computes beforehand what has to go (I-40).
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createExecutor } from '../../src/commands/execute.ts';
import { createRetention } from '../../src/commands/instance/retention.ts';
import { deadLetterAggregate, letterStream } from '../../src/domain/dead-letter/aggregate.ts';
import { letterIdOf } from '../../src/commands/deterministic-ids.ts';
import { instanceAggregate, instanceStream } from '../../src/domain/instance/aggregate.ts';
import { intakeAggregate, intakeStream } from '../../src/domain/intake/aggregate.ts';
import { RETENTION_STREAM, retentionAggregate } from '../../src/domain/retention/aggregate.ts';
import { sagaAggregate, sagaStream } from '../../src/domain/saga/aggregate.ts';
import { systemClock, systemIds } from '../../src/infra/clock/system.ts';
import { NO_STREAM } from '../../src/infra/event-store/port.ts';
import type { EventStore } from '../../src/infra/event-store/port.ts';
import * as instance from '../support/instances.ts';
import * as letter from '../support/letters.ts';
import { plainLog } from '../support/plain-log.ts';
import { documentsOf } from '../support/projecting.ts';
import { flowAt } from '../support/read-models.ts';
import { DAYS, daysAgo, followed, TODAY } from '../support/retention-world.ts';
import { cancelled, started } from '../support/saga-events.ts';

const DAY_MS = 86_400_000;

type Given = {
  /** Days before TODAY that it was made; null: nobody says, it counts from its arrival at `TODAY`. */
  readonly age: number | null;
  readonly isHeld: boolean;
  readonly isLifted: boolean;
  readonly run: 'none' | 'live' | 'ended' | 'of-retry';
  readonly letter: 'none' | 'open' | 'closed';
  readonly isDeleted: boolean;
};

const given: fc.Arbitrary<Given> = fc.record({
  age: fc.option(fc.integer({ min: DAYS - 4, max: DAYS + 4 }), { freq: 6 }),
  ...{ isHeld: oneIn(5), isLifted: oneIn(3) },
  run: fc.constantFrom('none', 'none', 'none', 'live', 'ended', 'of-retry'),
  letter: fc.constantFrom('none', 'none', 'none', 'open', 'closed'),
  isDeleted: oneIn(6),
});

function oneIn(n: number): fc.Arbitrary<boolean> {
  return fc.nat(n - 1).map((number) => number === 0);
}

/** A run at a time, killed after so many appends of each try before it is left alone; `twice`: by two at once. */
type Turn = { readonly day: number; readonly kills: readonly number[]; readonly twice: boolean };

const turn: fc.Arbitrary<Turn> = fc.record({
  day: fc.integer({ min: -6, max: 70 }),
  kills: fc.array(fc.nat(6), { maxLength: 3 }),
  twice: oneIn(4),
});

/** A delivery that was refused at TODAY, and what became of its letter. */
const refusal = fc.constantFrom('none', 'open', 'closed');

const script = fc.record({
  givens: fc.array(given, { minLength: 1, maxLength: 12 }),
  refusals: fc.array(refusal, { maxLength: 6 }),
  turns: fc.array(turn, { minLength: 1, maxLength: 3 }),
});
type Script = typeof script extends fc.Arbitrary<infer Value> ? Value : never;

const eventsFor = ({ age, isHeld, isLifted, run, isDeleted }: Given, index: number) => [
  instance.received({
    createdAt: age === null ? null : daysAgo(age),
    correlationId: instance.correlationAt(index),
  }),
  instance.registered,
  ...(run === 'of-retry' ? [instance.retryRequested(1000 + index)] : []),
  ...(isHeld ? [instance.held] : []),
  ...(isHeld && isLifted ? [instance.holdLifted] : []),
  ...(isDeleted ? [instance.deleted('requested')] : []),
];

const appendTo =
  (store: EventStore) =>
  async (stream: string, events: readonly { type: string; data: object }[], correlationId = 'c') => {
    const id = systemIds().next();
    const metadata = { commandId: id, causationId: id, correlationId, actor: ACTOR };
    const fresh = events.map((event) => ({ ...event, eventId: systemIds().next(), schemaVersion: '1.0' }));
    expect(await store.append(stream, NO_STREAM, fresh, metadata)).toMatchObject({ kind: 'ok' });
  };
type Append = ReturnType<typeof appendTo>;

const fill = async (append: Append, givens: readonly Given[]): Promise<void> => {
  for (const [index, one] of givens.entries()) {
    await append(instanceStream(String(index)), eventsFor(one, index));
    const correlationId = instance.correlationAt(one.run === 'of-retry' ? 1000 + index : index);
    const ending = one.run === 'ended' ? [cancelled] : [];
    if (one.run !== 'none')
      await append(sagaStream(flowAt(index)), [started(null), ...ending], correlationId);
    const closing = one.letter === 'closed' ? [letter.discarded] : [];
    if (one.letter !== 'none')
      await append(letterStream(letter.letterAt(index)), [
        letter.parked({ instanceId: String(index) }),
        ...closing,
      ]);
  }
};

const fillRefusals = async (append: Append, refusals: Script['refusals']): Promise<void> => {
  for (const [index, ofLetter] of refusals.entries()) {
    const intakeId = instance.intakeAt(index);
    await append(intakeStream(intakeId), [instance.intakeRefused()]);
    const closing = ofLetter === 'closed' ? [letter.discarded] : [];
    if (ofLetter !== 'none') await append(letterStream(letterIdOf(intakeId)), [letter.parked(), ...closing]);
  }
};

const ACTOR = { kind: 'user', id: 'erik', source: 'http' } as const;

const isKept = ({ isHeld, isLifted, run, letter: ofLetter }: Given): boolean =>
  (isHeld && !isLifted) || run === 'live' || run === 'of-retry' || ofLetter === 'open';

/** What has to go at this time, and nothing else. */
const expected = (givens: readonly Given[], now: number, gone: ReadonlySet<number>): readonly string[] =>
  givens.flatMap((one, index) => {
    const madeAt = one.age === null ? TODAY : TODAY - one.age * DAY_MS;
    const isExpired = madeAt < now - DAYS * DAY_MS;
    return isExpired && !isKept(one) && !one.isDeleted && !gone.has(index) ? [String(index)] : [];
  });

const expectedErasures = (refusals: Script['refusals'], now: number): readonly string[] =>
  refusals.flatMap((ofLetter, index) =>
    TODAY < now - DAYS * DAY_MS && ofLetter !== 'open' ? [instance.intakeAt(index)] : [],
  );

/** A process that can append so often before it dies. */
const mortal = (store: EventStore, lives: number): EventStore => {
  let left = lives;
  return {
    ...store,
    append: (...args) => {
      left -= 1;
      return left < 0 ? Promise.reject(new Error('killed')) : store.append(...args);
    },
  };
};

const retentionOf = (store: EventStore, reads: ReturnType<typeof followed>['reads'], now: number) => {
  const ports = { store, clock: systemClock(), isShared: true };
  const over = new AbortController();
  const retention = createRetention({
    ...{ store, reads, ids: systemIds(), clock: { ...systemClock(), now: () => now } },
    instances: createExecutor(ports, instanceAggregate),
    sagas: createExecutor(ports, sagaAggregate),
    letters: createExecutor(ports, deadLetterAggregate),
    intakes: createExecutor(ports, intakeAggregate),
    keys: { destroy: () => Promise.resolve(), open: () => Promise.resolve('erased' as const) },
    plaintextMs: 0,
    onNotErased: () => undefined,
    onUnread: () => undefined,
    retentionRuns: createExecutor(ports, retentionAggregate),
    passedOn: () => Promise.resolve(undefined),
    settings: { days: DAYS, delayMs: 0, intervalMs: DAY_MS },
    onFailed: () => undefined,
    onAlreadyDeleted: () => undefined,
    onFinished: () => {
      over.abort();
    },
  });
  return retention.run(over.signal);
};

const play = async ({ givens, refusals, turns }: Script): Promise<number> => {
  const store = plainLog(() => TODAY);
  const { readStore, reads, caughtUp, stop } = followed(store);
  const append = appendTo(store);
  await fill(append, givens);
  await fillRefusals(append, refusals);
  await caughtUp();
  const gone = new Set<number>();
  const erased = new Set<string>();
  for (const { day, kills, twice } of turns) {
    const now = TODAY + day * DAY_MS;
    const going = expected(givens, now, gone);
    const erasing = expectedErasures(refusals, now).filter((intakeId) => !erased.has(intakeId));
    const [from, before] = [await store.lastPosition(), await documentsOf(readStore, 'instances')];
    for (const lives of kills) {
      // Where it lives long enough it ends by itself: the next one would be another run.
      const isOver = await retentionOf(mortal(store, lives), reads, now).then(
        () => true,
        () => false,
      );
      await caughtUp();
      if (isOver) break;
    }
    const wasEnded = await isEnded(store, from);
    const processes = wasEnded ? 0 : 1 + Number(twice);
    await Promise.all(Array.from({ length: processes }, () => retentionOf(store, reads, now)));
    await caughtUp();
    await check({ store, from, going, erasing });
    const touched = new Set([...going, ...erasing]);
    const untouched = (documents: typeof before) => documents.filter(({ id }) => !touched.has(id));
    expect(untouched(await documentsOf(readStore, 'instances'))).toEqual(untouched(before));
    for (const id of going) gone.add(Number(id));
    for (const id of erasing) erased.add(id);
  }
  await stop();
  return gone.size + erased.size;
};

const isEnded = async (store: EventStore, from: string): Promise<boolean> =>
  (await store.readAll({ after: from, max: 4096, categories: ['retention'] })).events.some(
    ({ type }) => type === 'RetentionRunFinished',
  );

type Checked = {
  readonly store: EventStore;
  readonly from: string;
  readonly going: readonly string[];
  readonly erasing: readonly string[];
};

/** Nothing was written but the run's beginning and end, and one event for each that had to go. */
const check = async ({ store, from, going, erasing }: Checked): Promise<void> => {
  const { events } = await store.readAll({ after: from, max: 4096 });
  const deletions = events.filter(({ type }) => type === 'InstanceDeleted');
  expect(deletions.map(({ stream }) => stream).sort()).toEqual(going.map(instanceStream).sort());
  const erasures = events.filter(({ type }) => type === 'IntakeErased');
  expect(erasures.map(({ stream }) => stream).sort()).toEqual(erasing.map(intakeStream).sort());
  const runs = events.filter(({ stream }) => stream === RETENTION_STREAM);
  expect(events).toHaveLength(runs.length + deletions.length + erasures.length);
  const [first] = runs;
  const runId = (first?.data as { runId: string }).runId;
  const ofFirst = runs.filter(({ data }) => (data as { runId: string }).runId === runId);
  expect(ofFirst.map(({ type }) => type)).toEqual(['RetentionRunStarted', 'RetentionRunFinished']);
  expect(ofFirst[1]?.data).toMatchObject({ deleted: going.length, failed: 0 });
  for (const { data } of deletions) expect(data).toMatchObject({ reason: 'expired', runId });
  for (const { data } of erasures) expect(data).toMatchObject({ runId });
};

describe('retention', () => {
  it('deletes what a model says and nothing else, over kills, jumps of the clock and two at once (F-X-07)', async () => {
    let deleted = 0;
    await fc.assert(
      fc.asyncProperty(script, async (one) => {
        deleted += await play(one);
      }),
      { numRuns: 300 },
    );
    expect(deleted).toBeGreaterThan(300);
  }, 300_000);
});
