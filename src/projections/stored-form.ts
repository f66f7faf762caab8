import { NewerForm } from '../domain/aggregate.ts';
import type { StoredForm } from '../domain/aggregate.ts';
import { memberOf } from '../domain/member-of.ts';
import type { StoredEvent } from '../infra/event-store/port.ts';

/** A stored event this version of the program cannot fold: nothing is guessed, the document stays as it was. */
export class CannotFold extends Error {
  override readonly name = 'CannotFold';
  constructor(event: StoredEvent, why: string, options?: ErrorOptions) {
    super(`${event.stream} revision ${String(event.revision)} (${event.type}): ${why}`, options);
  }
}

/** A parser whose errors say which event it was. @throws CannotFold for a newer major version or a foreign form. */
export const foldable =
  <Event>(parse: (stored: StoredForm) => Event) =>
  (stored: StoredEvent): Event => {
    try {
      return parse(stored);
    } catch (cause) {
      throw new CannotFold(stored, cause instanceof NewerForm ? cause.message : 'unknown type or form', {
        cause,
      });
    }
  };

/**
 * A text member of an event's data, for finding the documents it concerns before it is parsed; empty without
 * one. What is wrong with the rest of the event is found when it is folded.
 */
export const textIn = (data: unknown, member: string): readonly string[] => {
  const value = memberOf(data, member);
  return typeof value === 'string' ? [value] : [];
};
