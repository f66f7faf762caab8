import type { Aggregate } from '../aggregate.ts';
import type { ReplayCommand, ReplayRejection } from './commands.ts';
import { decide } from './decide.ts';
import { parseReplayEvent, replaySchemaVersion } from './events.ts';
import type { ReplayEvent } from './events.ts';
import { evolve, initialReplay } from './state.ts';
import type { ReplayState } from './state.ts';

export type ReplayAggregate = Aggregate<ReplayCommand, ReplayState, ReplayEvent, ReplayRejection>;

/** Stream `replay-<uuid>`: one replay session. */
export const replayAggregate: ReplayAggregate = {
  category: 'replay',
  decider: { initial: initialReplay, decide, evolve },
  schemaVersion: replaySchemaVersion,
  parse: parseReplayEvent,
};

export const replayStream = (sessionId: string): string => `replay-${sessionId}`;
