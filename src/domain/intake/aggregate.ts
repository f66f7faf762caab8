import { aggregateOf } from '../aggregate.ts';
import { decide, evolve, initialIntake } from './decide.ts';
import { intakeSchemaVersion, parseIntakeEvent } from './events.ts';

/** Stream `intake-<commandId>`: one delivery. Its first id stays its id, however often it comes. */
export const intakeAggregate = aggregateOf({
  category: 'intake',
  decider: { initial: initialIntake, decide, evolve },
  schemaVersion: intakeSchemaVersion,
  parse: parseIntakeEvent,
});
export type IntakeAggregate = typeof intakeAggregate;

export const intakeStream = (intakeId: string): string => `intake-${intakeId}`;
