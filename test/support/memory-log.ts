// A log as a plain array, for what reads it: events are told apart by their type and data only.
import { hash } from 'node:crypto';
import { START } from '../../src/infra/event-store/port.ts';
import type { StoredEvent } from '../../src/infra/event-store/port.ts';
import type { ProjectorLog } from '../../src/infra/projector/port.ts';

export type MemoryLog = ProjectorLog & {
  /** Appends one event and returns it as stored. */
  readonly append: (stream: string, type: string, data?: object, schemaVersion?: string) => StoredEvent;
  readonly events: readonly StoredEvent[];
};

export const positionAt = (number: number): string => String(number).padStart(20, '0') + '0'.repeat(20);

const numberOf = (position: string): number => Number(position.slice(0, 20));
const STARTED_MS = Date.UTC(2026, 0, 1);

/** `batch`: the most it gives at once, whatever was asked for. */
export const memoryLog = ({ batch = 4096 }: { readonly batch?: number } = {}): MemoryLog => {
  const events: StoredEvent[] = [];
  const heads = new Map<string, number>();
  const actor = { kind: 'system', id: 'test', source: 'test' } as const;
  return {
    events,
    append: (stream, type, data = {}, schemaVersion = '1.0') => {
      const revision = (heads.get(stream) ?? -1) + 1;
      heads.set(stream, revision);
      const number = events.length + 1;
      const id = `00000000-0000-4000-8000-${String(number).padStart(12, '0')}`;
      const recordedAt = new Date(STARTED_MS + number).toISOString();
      const metadata = {
        commandId: id,
        causationId: id,
        correlationId: id,
        actor,
        schemaVersion,
        recordedAt,
      };
      const event = {
        stream,
        revision,
        position: positionAt(number),
        eventId: id,
        type,
        data,
        metadata,
        hash: hash('sha256', JSON.stringify([stream, revision, type, data])),
      };
      events.push(event);
      return event;
    },
    readAll: ({ after, categories, max }) => {
      const slice = events.slice(numberOf(after), numberOf(after) + Math.min(max, batch));
      const position = slice.at(-1)?.position ?? after;
      const kept = slice.filter(({ stream }) => categories?.includes(stream.split('-')[0] ?? '') ?? true);
      return Promise.resolve({ events: kept, position, isEnd: numberOf(position) >= events.length });
    },
    lastPosition: () => Promise.resolve(events.at(-1)?.position ?? START),
  };
};
