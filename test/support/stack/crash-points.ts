// A log server that strikes at a chosen moment of the work done on it.
import { startEventStoreDouble } from '../eventstoredb/double.ts';
import { eventLog } from '../eventstoredb/log.ts';
import type { ProposedEvent } from '../eventstoredb/log-types.ts';

export type CrashPoint =
  /** A record has become an event: the log has it, nobody was told, its offset is not committed. */
  | 'start taken in'
  | 'answer taken in'
  | 'letter parked'
  /** The broker has the events, the bridge's checkpoint is about to be saved, and never is. */
  | 'events published';

export const CRASH_POINTS: readonly CrashPoint[] = [
  'start taken in',
  'answer taken in',
  'letter parked',
  'events published',
];

const TYPES: Readonly<Record<string, CrashPoint>> = {
  SagaStarted: 'start taken in',
  StepSucceeded: 'answer taken in',
  LetterParked: 'letter parked',
};

const pointIn = (stream: string, events: readonly ProposedEvent[]): CrashPoint | undefined => {
  if (stream.endsWith('.checkpoint-bridge')) return 'events published';
  const [first] = events;
  const isFromKafka = Buffer.from(first?.metadata ?? []).includes('"source":"kafka"');
  return isFromKafka ? TYPES[first?.type ?? ''] : undefined;
};

type Armed = { readonly point: CrashPoint; readonly strike: () => void };

/** The double of EventStoreDB; at an armed point `strike` is called before any answer leaves. */
export const crashingLog = async () => {
  const inner = eventLog({ now: Date.now, recentIds: 1000 });
  let armed: Armed | undefined;
  const isDue = (stream: string, events: readonly ProposedEvent[]): boolean => {
    if (armed === undefined || pointIn(stream, events) !== armed.point) return false;
    const { strike } = armed;
    armed = undefined;
    strike();
    return true;
  };
  const double = await startEventStoreDouble({
    log: {
      ...inner,
      append: (stream, expected, events) => {
        const isStruck = isDue(stream, events);
        if (isStruck && stream.endsWith('.checkpoint-bridge')) return { kind: 'not_ready' };
        return inner.append(stream, expected, events);
      },
    },
  });
  return {
    url: double.url,
    stop: double.stop,
    arm: (point: CrashPoint, strike: () => void): void => {
      armed = { point, strike };
    },
  };
};
