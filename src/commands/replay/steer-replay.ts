import { hash } from 'node:crypto';
import { canonical } from '../../domain/canonical.ts';
import type { ReplayCommand } from '../../domain/replay/commands.ts';
import { replayStream } from '../../domain/replay/aggregate.ts';
import type { ReplayStatus } from '../../domain/replay/state.ts';
import type { Ids } from '../../infra/clock/port.ts';
import type { EventStore } from '../../infra/event-store/port.ts';
import { callIdOf, isRepeatable } from '../context.ts';
import type { CallContext } from '../context.ts';
import { resultOf } from '../executed.ts';
import type { Result } from '../result.ts';
import { runMetadata } from '../saga/run-metadata.ts';
import type { SteerReplayInput } from './inputs.ts';
import type { Replays } from './replay-deps.ts';

export type SteerReplayDeps = {
  readonly replays: Pick<Replays, 'execute' | 'load'>;
  readonly store: Pick<EventStore, 'lastPosition'>;
  readonly ids: Ids;
};

type Steered = Result<{ readonly status: ReplayStatus }, string>;
type Steer = (sessionId: string, input: SteerReplayInput, context: CallContext) => Promise<Steered>;

export type ReplaySteering = Readonly<
  Record<'startReplay' | 'pauseReplay' | 'resumeReplay' | 'cancelReplay', Steer>
>;

/** Whoever has the duty acts on what is recorded here. A start fixes up to where the log is replayed. */
export const steerReplay = (deps: SteerReplayDeps): ReplaySteering => ({
  startReplay: async (sessionId, input, context) => {
    const upTo = await deps.store.lastPosition();
    return say(deps, { type: 'StartReplay', upTo }, { sessionId, input, context });
  },
  pauseReplay: (sessionId, input, context) =>
    say(deps, { type: 'PauseReplay', ...input }, { sessionId, input, context }),
  resumeReplay: (sessionId, input, context) =>
    say(deps, { type: 'ResumeReplay', ...input }, { sessionId, input, context }),
  cancelReplay: (sessionId, input, context) =>
    say(deps, { type: 'CancelReplay', ...input }, { sessionId, input, context }),
});

type Asked = {
  readonly sessionId: string;
  readonly input: SteerReplayInput;
  readonly context: CallContext;
};

const say = async (
  { replays, ids }: SteerReplayDeps,
  command: ReplayCommand,
  { sessionId, input, context }: Asked,
): Promise<Steered> => {
  const stream = replayStream(sessionId);
  const id = callIdOf(ids, context, command.type, sessionId);
  const bodyHash = isRepeatable(context) ? hash('sha256', canonical(input)) : undefined;
  const metadata = runMetadata(await replays.load(stream), { id, actor: context.actor, bodyHash });
  const outcome = await replays.execute(stream, command, metadata);
  return resultOf(outcome, ({ state }) => ({ status: state.kind === 'absent' ? 'CREATED' : state.status }));
};
