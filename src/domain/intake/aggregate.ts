import type { Aggregate } from '../aggregate.ts';
import { decide, evolve, initialIntake } from './decide.ts';
import type { IntakeCommand, IntakeState } from './decide.ts';
import { intakeSchemaVersion, parseIntakeEvent } from './events.ts';
import type { IntakeEvent } from './events.ts';

export type IntakeAggregate = Aggregate<IntakeCommand, IntakeState, IntakeEvent, never>;

/** Stream `intake-<commandId>`: one delivery. Its first id stays its id, however often it comes. */
export const intakeAggregate: IntakeAggregate = {
  category: 'intake',
  decider: { initial: initialIntake, decide, evolve },
  schemaVersion: intakeSchemaVersion,
  parse: parseIntakeEvent,
};

export const intakeStream = (intakeId: string): string => `intake-${intakeId}`;
