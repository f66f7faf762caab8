import type { Clock } from '../../infra/clock/port.ts';
import { START } from '../../infra/event-store/port.ts';
import type { EventStore, StoredEvent } from '../../infra/event-store/port.ts';
import type { PreviewReplayInput } from './inputs.ts';
import { matching } from './matching.ts';

export type ReplayPreview = {
  /** How many events a session would replay; at least so many where the count was cut. */
  readonly total: number;
  readonly isCut: boolean;
  /** The first of them, at most 100, as they are stored. */
  readonly sample: readonly StoredEvent[];
};

export type PreviewReplayDeps = {
  readonly store: Pick<EventStore, 'readAll' | 'readStream' | 'lastPosition'>;
  readonly clock: Pick<Clock, 'now'>;
};

const SAMPLE = 100;
/** How long one caller may have the log counted, in milliseconds. */
const COUNTING_MS = 20_000;

/** What a session would replay if it were started now. Changes nothing. @throws what the log throws. */
export const previewReplay =
  ({ store, clock }: PreviewReplayDeps) =>
  async ({ filter, maxEvents }: PreviewReplayInput): Promise<ReplayPreview> => {
    const until = clock.now() + COUNTING_MS;
    const most = maxEvents ?? Infinity;
    const sample: StoredEvent[] = [];
    let total = 0;
    const upTo = await store.lastPosition();
    for await (const { events } of matching(store, filter, { after: START, upTo })) {
      total += events.length;
      sample.push(...events.slice(0, Math.min(SAMPLE, most) - sample.length));
      if (total >= most) return { total: most, isCut: false, sample };
      if (clock.now() >= until) return { total, isCut: true, sample };
    }
    return { total, isCut: false, sample };
  };
