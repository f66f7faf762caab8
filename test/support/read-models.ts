// Read models made the way the engine makes them, from events a test writes down.
import type { DeadLetterEvent } from '../../src/domain/dead-letter/events.ts';
import type { InstanceEvent } from '../../src/domain/instance/events.ts';
import type { IntakeEvent } from '../../src/domain/intake/events.ts';
import type { AttemptEvent, OrchestrationEvent } from '../../src/domain/orchestration/events.ts';
import type { ReplayEvent } from '../../src/domain/replay/events.ts';
import type { RetentionEvent } from '../../src/domain/retention/events.ts';
import type { WitnessEvent } from '../../src/domain/witness/events.ts';
import type { WorkerEvent } from '../../src/domain/worker/events.ts';
import type { SagaEvent } from '../../src/domain/saga/events.ts';
import { START } from '../../src/infra/event-store/port.ts';
import type { StoredEvent } from '../../src/infra/event-store/port.ts';
import type { ReadStore, StoredDocument } from '../../src/infra/read-store/port.ts';
import { projections } from '../../src/projections/all.ts';
import type { Projection } from '../../src/projections/projection.ts';
import { createQueries } from '../../src/queries/queries.ts';
import type { QueryDeps } from '../../src/queries/queries.ts';
import { memoryReadStore } from './memory-read-store.ts';

export type AnyEvent =
  | OrchestrationEvent
  | AttemptEvent
  | SagaEvent
  | DeadLetterEvent
  | InstanceEvent
  | IntakeEvent
  | RetentionEvent
  | ReplayEvent
  | WitnessEvent
  | WorkerEvent;

export type Written = readonly [stream: string, event: AnyEvent];

const FIRST_MS = Date.UTC(2026, 0, 1);

/** The time of the event of this number, from 0: a second after the one before. */
export const timeAt = (number: number): string => new Date(FIRST_MS + number * 1000).toISOString();
export const logPosition = (number: number): string => String(number + 1).padStart(20, '0') + '0'.repeat(20);
export const flowAt = (number: number): string =>
  `0191e1f0-0000-7000-8000-${String(number).padStart(12, '0')}`;
const idAt = (number: number): string => `0191e1f0-0000-5000-8000-${String(number).padStart(12, '0')}`;

/** Events on their streams, in log order. */
export const logOf = (...written: readonly Written[]): StoredEvent[] => {
  const heads = new Map<string, number>();
  return written.map(([stream, { type, data }], number) => {
    const revision = (heads.get(stream) ?? -1) + 1;
    heads.set(stream, revision);
    const commandId = stream.startsWith('attempt-') ? stream.slice('attempt-'.length) : idAt(number);
    return {
      ...{ stream, revision, position: logPosition(number), eventId: idAt(number), type, data },
      metadata: {
        ...{ commandId, causationId: commandId, correlationId: `correlation-${stream}` },
        actor: { kind: 'user', id: 'erik', source: 'http' },
        ...{ schemaVersion: '1.0', recordedAt: timeAt(number) },
        ...(revision === 0 ? { owner: 'erik' } : {}),
      },
      hash: '0'.repeat(64),
    };
  });
};

/** The documents of a projection after these events, by id. */
export const folded = (projection: Projection, events: readonly StoredEvent[]) => {
  const documents = new Map<string, StoredDocument>();
  for (const event of events) {
    const isOurs = projection.categories.some((category) => event.stream.startsWith(`${category}-`));
    for (const id of isOurs ? new Set(projection.keysOf(event)) : []) {
      const before = documents.get(id)?.body ?? null;
      const body = projection.fold(before, event, id);
      documents.set(id, { id, position: event.position, body, blocked: null });
    }
  }
  return documents;
};

const START_GENERATION = 1;

/** Takes events into the read models' live generations, which are made where they are missing. */
export const project = async (store: ReadStore, events: readonly StoredEvent[]): Promise<void> => {
  const checkpoint = events.at(-1)?.position ?? '0'.repeat(40);
  for (const projection of projections) {
    const { spec } = projection;
    const slot = { name: spec.name, generation: START_GENERATION };
    if ((await store.generations(spec.name)).live === null) {
      await store.fill(spec, slot.generation);
      await store.seal(spec, slot.generation);
      await store.switchTo(slot);
    }
    await store.write(slot, { documents: [...folded(projection, events).values()], checkpoint });
  }
};

/** These events, as the log hands them out. */
export const logReaderOf = (events: readonly StoredEvent[]): QueryDeps['log'] => ({
  readAll: readAllOf(events),
  readStream: (stream, { from, direction, max }) => {
    const ours = events.filter((event) => event.stream === stream);
    const start = from === 'end' ? ours.length - 1 : from;
    const turned = direction === 'forwards' ? ours.slice(start) : ours.slice(0, start + 1).reverse();
    return Promise.resolve({ events: turned.slice(0, max), head: ours.length - 1 });
  },
  lastPosition: () => Promise.resolve(events.at(-1)?.position ?? START),
});

const readAllOf =
  (events: readonly StoredEvent[]): QueryDeps['log']['readAll'] =>
  ({ after, categories, max }) => {
    const left = events.filter(({ position }) => position > after);
    const slice = left.slice(0, max);
    const isOurs = ({ stream }: StoredEvent) => categories?.includes(stream.split('-', 1)[0] ?? '') ?? true;
    return Promise.resolve({
      events: slice.filter(isOurs),
      position: slice.at(-1)?.position ?? after,
      isEnd: slice.length === left.length,
    });
  };

const UNSEEN = { state: 'unseen', lastPollAt: null, lastHeartbeatAt: null, lastClaimAt: null } as const;

/** Queries over the read models of these events, and over the events themselves. */
export const queriesOver = async (events: readonly StoredEvent[] = [], others: Partial<QueryDeps> = {}) => {
  const readStore = memoryReadStore();
  await project(readStore, events);
  const reached: QueryDeps['reached'] = async (name, position) =>
    (await readStore.get(name, '')).position >= position;
  const deps = {
    readStore,
    log: logReaderOf(events),
    livenessOf: () => UNSEEN,
    reached,
    ...others,
  };
  return { readStore, queries: createQueries(deps) };
};
