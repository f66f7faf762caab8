import { parseSagaEvent } from '../../domain/saga/events.ts';
import type { SagaEvent } from '../../domain/saga/events.ts';
import type { StoredEvent } from '../../infra/event-store/port.ts';
import { foldable } from '../stored-form.ts';

// The events of the largest batch there is: one read model folds all of it before the next one does.
const MOST_KEPT = 1536;

const parse = foldable(parseSagaEvent);
const parsed = new Map<StoredEvent, SagaEvent>();

/**
 * A run's event in its current form: checked once for all read models that fold it. @throws CannotFold
 */
export const parseSaga = (stored: StoredEvent): SagaEvent => {
  const known = parsed.get(stored);
  if (known !== undefined) return known;
  if (parsed.size >= MOST_KEPT) parsed.clear();
  const event = parse(stored);
  parsed.set(stored, event);
  return event;
};
