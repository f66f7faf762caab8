import { hash } from 'node:crypto';
import { canonical } from '../../domain/canonical.ts';
import { reject } from '../../domain/decider.ts';
import { replayStream } from '../../domain/replay/aggregate.ts';
import type { Ids } from '../../infra/clock/port.ts';
import type { ReplayTargets } from '../../infra/replay/port.ts';
import { callIdOf, creatingMetadata, isRepeatable } from '../context.ts';
import { resultOf } from '../executed.ts';
import type { ReplayHandlers } from './handlers.ts';
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
  ({ replays, targets, ids }: CreateReplayDeps): ReplayHandlers['createReplay'] =>
  async ({ target, ...input }, context) => {
    const refused = targets.check(target);
    if (refused !== undefined) return reject(refused.code, refused.detail, '/target');
    const sessionId = callIdOf(ids, context, 'replay');
    const session = { ...input, target };
    const mayBeKnown = isRepeatable(context);
    const execute = mayBeKnown ? replays.execute : replays.executeNew;
    const bodyHash = mayBeKnown ? hash('sha256', canonical(session)) : undefined;
    const outcome = await execute(
      replayStream(sessionId),
      { type: 'CreateReplay', session },
      creatingMetadata(sessionId, context, bodyHash),
    );
    return resultOf(outcome, () => ({ sessionId }));
  };
