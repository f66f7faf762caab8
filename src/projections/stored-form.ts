import type { StoredEvent } from '../infra/event-store/port.ts';

/** A stored event this version of the program cannot fold: nothing is guessed, the document stays as it was. */
export class CannotFold extends Error {
  override readonly name = 'CannotFold';
  constructor(event: StoredEvent, why: string, options?: ErrorOptions) {
    super(`${event.stream} revision ${String(event.revision)} (${event.type}): ${why}`, options);
  }
}

type Parse<Event> = (stored: { readonly type: string; readonly data: unknown }) => Event;

/** Parses events up to a schema version. @throws CannotFold for a newer major version or a foreign form. */
export const foldableUpTo =
  <Event>(schemaVersion: string, parse: Parse<Event>) =>
  (stored: StoredEvent): Event => {
    const found = stored.metadata.schemaVersion;
    if (majorOf(found) > majorOf(schemaVersion)) throw new CannotFold(stored, `schema version ${found}`);
    try {
      return parse(stored);
    } catch (cause) {
      throw new CannotFold(stored, 'unknown type or form', { cause });
    }
  };

const majorOf = (version: string): number => Number(version.split('.')[0]);
