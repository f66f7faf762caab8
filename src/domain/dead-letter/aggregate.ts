import type { Aggregate } from '../aggregate.ts';
import type { DeadLetterCommand, DeadLetterRejection } from './commands.ts';
import { decide } from './decide.ts';
import { deadLetterSchemaVersion, parseDeadLetterEvent } from './events.ts';
import type { DeadLetterEvent } from './events.ts';
import { evolve, initialLetter } from './state.ts';
import type { LetterState } from './state.ts';

export type DeadLetterAggregate = Aggregate<
  DeadLetterCommand,
  LetterState,
  DeadLetterEvent,
  DeadLetterRejection
>;

/** Stream `deadletter-<id>`: one letter's life. The id follows from the record, so a redelivery finds its letter. */
export const deadLetterAggregate: DeadLetterAggregate = {
  category: 'deadletter',
  decider: { initial: initialLetter, decide, evolve },
  schemaVersion: deadLetterSchemaVersion,
  parse: parseDeadLetterEvent,
};

export const letterStream = (letterId: string): string => `deadletter-${letterId}`;
