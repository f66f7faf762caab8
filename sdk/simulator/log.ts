import { canonical } from '../../src/domain/canonical.ts';
import { chainHash } from '../../src/infra/event-store/hash.ts';
import type { AppendMetadata } from '../../src/domain/event.ts';
import { NO_STREAM } from '../../src/infra/event-store/port.ts';
import type { AppendResult, Head, NewEvent, StoredEvent } from '../../src/infra/event-store/port.ts';
import { encoded } from './encoding.ts';

export type Append = {
  readonly stream: string;
  readonly expected: Head;
  readonly events: readonly NewEvent[];
  readonly metadata: AppendMetadata;
};

/** What every simulated process sees of the log; outlives all of them. */
export type SimulatedLog = {
  readonly logId: string;
  readonly all: () => readonly StoredEvent[];
  readonly stream: (name: string) => readonly StoredEvent[];
  readonly streams: () => Iterable<readonly StoredEvent[]>;
  /** Writes at once, or refuses as the port says. */
  readonly write: (append: Append) => AppendResult;
  /** Told about every append right after it is written; the returned function takes it back. */
  readonly onWrite: (listener: (events: readonly StoredEvent[]) => void) => () => void;
};

export const positionOf = (number: number): string => String(number).padStart(20, '0') + '0'.repeat(20);

export const simulatedLog = (nowMs: () => number): SimulatedLog => {
  const all: StoredEvent[] = [];
  const streams = new Map<string, StoredEvent[]>();
  const listeners = new Set<(events: readonly StoredEvent[]) => void>();
  let lastMs = 0;

  const write = (append: Append): AppendResult => {
    if (append.events.length === 0) return { kind: 'ok', events: [] };
    const before = streams.get(append.stream) ?? [];
    const repeated = answerOf(before, append);
    if (repeated !== undefined) return repeated;
    lastMs = Math.max(lastMs, nowMs());
    const events = stored(append, { after: all.length, atMs: lastMs });
    if ('kind' in events) return events;
    all.push(...events);
    before.push(...events);
    streams.set(append.stream, before);
    for (const listener of [...listeners]) listener(events);
    return { kind: 'ok', events };
  };
  return {
    logId: '00000000-0000-4000-8000-000000000001',
    all: () => all,
    stream: (name) => streams.get(name) ?? [],
    streams: () => streams.values(),
    write,
    onWrite: (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
  };
};

type Place = { readonly after: number; readonly atMs: number };

/** The events as they are kept, or why the port does not let them in. */
const stored = (
  append: Append,
  { after, atMs }: Place,
): readonly StoredEvent[] | Extract<AppendResult, { kind: 'refused' }> => {
  const texts = encoded(append.events, append.metadata);
  if ('kind' in texts) return texts;
  const recordedAt = new Date(atMs).toISOString();
  let { hash, revision } = append.expected;
  return append.events.map(({ eventId, type, schemaVersion }, index) => {
    revision += 1;
    const { stream } = append;
    const metadata = { ...append.metadata, recordedAt, schemaVersion };
    const data = texts[index] ?? '';
    hash = chainHash(hash, { stream, revision, eventId, type, data, metadata: canonical(metadata) });
    const position = positionOf(after + index + 1);
    const value: unknown = JSON.parse(data);
    return { stream, revision, position, eventId, type, data: value, metadata, hash };
  });
};

/** Undefined where the append stands at the end of its stream and is to be written. */
const answerOf = (before: readonly StoredEvent[], { expected, events }: Append): AppendResult | undefined => {
  const last = before.at(-1) ?? NO_STREAM;
  if (expected.revision === last.revision)
    return expected.hash === last.hash
      ? undefined
      : { kind: 'refused', code: 'integrity', detail: 'the head has another hash' };
  const behind = before.slice(expected.revision + 1, expected.revision + 1 + events.length);
  const isSame =
    behind.length === events.length &&
    behind.every(
      (event, index) => event.eventId === events[index]?.eventId && event.type === events[index].type,
    );
  return isSame ? { kind: 'ok', events: behind } : { kind: 'conflict' };
};
