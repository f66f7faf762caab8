import { createHash } from 'node:crypto';
import { canonical } from '../../domain/canonical.ts';
import { reject } from '../../domain/decider.ts';
import { replayStream } from '../../domain/replay/aggregate.ts';
import type { Ids } from '../../infra/clock/port.ts';
import type { ReplayTargets } from '../../infra/replay/port.ts';
import type { CallContext } from '../context.ts';
import { commandIdOf } from '../deterministic-ids.ts';
import type { Result } from '../result.ts';
import type { CreateReplayInput } from './inputs.ts';
import type { Replays } from './replay-deps.ts';

export type CreateReplayDeps = {
  readonly replays: Pick<Replays, 'execute' | 'executeNew'>;
  readonly targets: Pick<ReplayTargets, 'check'>;
  readonly ids: Ids;
};

/**
 * Makes a session that nobody has started yet. `target_not_allowed` where the settings do not let it go there. The
 * same Idempotency-Key is the same session.
 */
export const createReplay =
  ({ replays, targets, ids }: CreateReplayDeps) =>
  async (
    { target, ...input }: CreateReplayInput,
    { actor, idempotencyKey: key, correlationId }: CallContext,
  ): Promise<Result<{ readonly sessionId: string }, string>> => {
    const refused = targets.check(target);
    if (refused !== undefined) return reject(refused.code, refused.detail, '/target');
    const sessionId = key === undefined ? ids.next() : commandIdOf(actor.id, 'replay', key);
    const session = { ...input, target };
    const execute = key === undefined ? replays.executeNew : replays.execute;
    const outcome = await execute(
      replayStream(sessionId),
      { type: 'CreateReplay', session },
      {
        ...{ commandId: sessionId, causationId: sessionId, correlationId: correlationId ?? sessionId },
        ...{ actor, owner: actor.id, ...(key === undefined ? {} : { bodyHash: sha256(canonical(session)) }) },
      },
    );
    if (outcome.kind !== 'accepted') return outcome;
    return { kind: 'done', value: { sessionId }, position: outcome.position, replayed: outcome.replayed };
  };

const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex');
