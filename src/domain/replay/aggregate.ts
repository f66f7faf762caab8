import { aggregateOf } from '../aggregate.ts';
import { decide } from './decide.ts';
import { parseReplayEvent, replaySchemaVersion } from './events.ts';
import { evolve, initialReplay } from './state.ts';

/** Stream `replay-<uuid>`: one replay session. */
export const replayAggregate = aggregateOf({
  category: 'replay',
  decider: { initial: initialReplay, decide, evolve },
  schemaVersion: replaySchemaVersion,
  parse: parseReplayEvent,
});
export type ReplayAggregate = typeof replayAggregate;

export const replayStream = (sessionId: string): string => `replay-${sessionId}`;
