import type { TimerEvent } from '../../domain/saga/events.ts';
import type { ActionDocument, ActionWaiting } from './read-model.ts';
import { timeText } from './time-text.ts';

/** What somebody who moved, fired or cancelled a timer made of the action it is about. */
export const timerChange = (event: TimerEvent, before: ActionDocument): Partial<ActionDocument> => {
  const isRetry = event.data.kind === 'retry';
  switch (event.type) {
    case 'TimerRescheduled':
      return { waiting: dueAt(before, event.data.until) };
    case 'TimerFired':
      return isRetry
        ? { status: 'WAITING', waiting: null, endedAt: null }
        : { waiting: dueAt(before, event.data.at) };
    case 'TimerCancelled':
      return isRetry
        ? { status: 'BLOCKED', waiting: forAPerson(event.data), endedAt: null }
        : { waiting: dueAt(before, null) };
  }
};

const dueAt = ({ waiting }: ActionDocument, until: number | null): ActionWaiting | null =>
  waiting === null ? null : { ...waiting, until: until === null ? null : timeText(until) };

/** A do whose retry was cancelled still backs off, as long as nobody tries it again; an undo is stuck. */
const forAPerson = ({
  action,
  since,
}: Extract<TimerEvent, { type: 'TimerCancelled' }>['data']): ActionWaiting => ({
  next: 'operator',
  reason: action === 'do' ? 'retry-backoff' : 'undo-blocked',
  since: timeText(since),
  until: null,
});
