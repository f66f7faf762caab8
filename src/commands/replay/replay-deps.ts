import type { ReplayRejection } from '../../domain/replay/commands.ts';
import type { ReplayAggregate } from '../../domain/replay/aggregate.ts';
import type { Actor } from '../../domain/event.ts';
import type { ExecutorOf } from '../deps.ts';
import type { TargetRefused } from '../../infra/replay/port.ts';

export type Replays = ExecutorOf<ReplayAggregate>;

/** Why a session is not made, steered or gone on with. */
export type ReplayCode = ReplayRejection | TargetRefused['code'];

/** Who tells how far a session is. */
export const runner: Actor = { kind: 'system', id: 'replay', source: 'bridge' };
