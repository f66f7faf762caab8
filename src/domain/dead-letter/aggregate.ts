import { aggregateOf } from '../aggregate.ts';
import { decide } from './decide.ts';
import { deadLetterSchemaVersion, parseDeadLetterEvent } from './events.ts';
import { evolve, initialLetter } from './state.ts';

/** Stream `deadletter-<id>`: one letter's life. The id follows from the record, so a redelivery finds its letter. */
export const deadLetterAggregate = aggregateOf({
  category: 'deadletter',
  decider: { initial: initialLetter, decide, evolve },
  schemaVersion: deadLetterSchemaVersion,
  parse: parseDeadLetterEvent,
});
export type DeadLetterAggregate = typeof deadLetterAggregate;

export const letterStream = (letterId: string): string => `deadletter-${letterId}`;
