import { parseSagaEvent } from '../../domain/saga/events.ts';
import type { SagaEvent } from '../../domain/saga/events.ts';
import type { StoredEvent } from '../../infra/event-store/port.ts';
import { foldable } from '../stored-form.ts';

const parse = foldable(parseSagaEvent);
let parsed = new Map<StoredEvent, SagaEvent>();
// More than a batch has: only who folds without an engine gets there.
const MOST_KEPT = 4096;

/**
 * A run's event in its current form: checked once for all read models that fold it. @throws CannotFold
 */
export const parseSaga = (stored: StoredEvent): SagaEvent => {
  const known = parsed.get(stored);
  if (known !== undefined) return known;
  if (parsed.size >= MOST_KEPT) forgetParsed();
  const event = parse(stored);
  parsed.set(stored, event);
  return event;
};

/**
 * All read models have folded them: kept any longer, they would survive into a part of memory that is costly to clear.
 * So would what is cleared out of a Map that is old itself: see `passingMap`.
 */
export const forgetParsed = (): void => {
  parsed = new Map();
};
