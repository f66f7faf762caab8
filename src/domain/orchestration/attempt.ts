import type { Aggregate } from '../aggregate.ts';
import { accept } from '../decider.ts';
import { orchestrationSchemaVersion, parseAttemptEvent } from './events.ts';
import type { AttemptEvent } from './events.ts';

export type Attempt = AttemptEvent['data'];
export type RecordAttempt = { readonly type: 'RecordAttempt'; readonly attempt: Attempt };
export type AttemptState = Attempt | null;

export type AttemptAggregate = Aggregate<RecordAttempt, AttemptState, AttemptEvent, never>;

/** Stream `attempt-<commandId>`: one registration that was refused or changed nothing. Recorded once, never changed. */
export const attemptAggregate: AttemptAggregate = {
  category: 'attempt',
  decider: {
    initial: null,
    decide: ({ attempt }, state) =>
      state === null ? accept({ type: 'RegistrationAttempted', data: attempt }) : accept(),
    evolve: (_state, { data }) => data,
  },
  schemaVersion: orchestrationSchemaVersion,
  parse: parseAttemptEvent,
};

export const attemptStream = (commandId: string): string => `attempt-${commandId}`;
