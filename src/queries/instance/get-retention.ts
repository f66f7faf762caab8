import { RETENTION_STREAM } from '../../domain/retention/aggregate.ts';
import { parseRetentionEvent } from '../../domain/retention/events.ts';
import type { EventStore, StoredEvent } from '../../infra/event-store/port.ts';
import type { RetentionView } from './retention-view.ts';

type Deps = {
  readonly log: Pick<EventStore, 'readStream'>;
  /** Stored instances made before a time. */
  readonly countBefore: (cutoff: string) => Promise<number>;
};

type Started = Omit<NonNullable<RetentionView['current']>, 'remaining'>;
type Seen = { readonly current: Started | null; readonly last: RetentionView['last'] };

/** The retention run under way and the last one that ended, folded from the log. */
export const getRetention =
  ({ log, countBefore }: Deps) =>
  async (): Promise<RetentionView> => {
    // Beginnings and ends take turns: three events hold a run under way and all of the run before it.
    const { events } = await log.readStream(RETENTION_STREAM, {
      ...{ from: 'end', direction: 'backwards', max: 3 },
    });
    const { current, last } = events.toReversed().reduce(seen, { current: null, last: null });
    if (current === null) return { current, last };
    return { current: { ...current, remaining: await countBefore(current.cutoff) }, last };
  };

const seen = ({ current, last }: Seen, stored: StoredEvent): Seen => {
  const event = parseRetentionEvent(stored);
  const { recordedAt, actor } = stored.metadata;
  if (event.type === 'RetentionRunStarted')
    return { current: { ...event.data, startedAt: recordedAt, startedBy: actor.id }, last };
  return current === null
    ? { current, last }
    : { current: null, last: { ...current, ...event.data, finishedAt: recordedAt } };
};
