import { isUnknownForm } from '../../domain/aggregate.ts';
import { orchestrationAggregate, orchestrationStream } from '../../domain/orchestration/aggregate.ts';
import { sagaAggregate, sagaStream } from '../../domain/saga/aggregate.ts';
import { isAtRest } from '../../domain/saga/state.ts';
import { idOf } from '../../domain/stream-name.ts';
import { pause } from '../../infra/clock/port.ts';
import { START } from '../../infra/event-store/port.ts';
import type { EventStore, Position } from '../../infra/event-store/port.ts';
import type { SagaDeps } from '../deps.ts';
import { idsOf, isOfOrchestration, isOfRun, lastOfEach } from './moved.ts';
import type { Surroundings } from './surroundings.ts';

export type FollowDeps = Pick<SagaDeps, 'sagas' | 'orchestrations' | 'clock'> &
  Pick<Surroundings, 'directory' | 'atRest'> & {
    readonly store: EventStore;
    /** Following came to a stop and is taken up again. */
    readonly onTrouble: (error: unknown) => void;
  };

const PAGE = 1000;
const PAUSE_MS = 500;
const REGISTRATIONS = [orchestrationAggregate.category];
const FOLLOWED = [orchestrationAggregate.category, sagaAggregate.category];

/**
 * Keeps what a process knows of workers and runs up with the log, where the reactor may be another process:
 * `ready` resolves once every registration so far is known; `run` goes on until the signal aborts.
 */
export const createFollower = (deps: FollowDeps) => {
  let onReady = (): void => undefined;
  const ready = new Promise<void>((resolve) => (onReady = resolve));
  const run = async (signal: AbortSignal): Promise<void> => {
    while (!signal.aborted) {
      try {
        const from = await deps.store.lastPosition();
        await takeUpRegistrations(deps, from);
        onReady();
        await followFrom(deps, from, signal);
      } catch (error) {
        deps.onTrouble(error);
        await pause(deps.clock, PAUSE_MS, signal);
      }
    }
  };
  return { run, ready };
};

const takeUpRegistrations = async (deps: FollowDeps, upTo: Position): Promise<void> => {
  const names = new Set<string>();
  for (let after = START, isEnd = false; !isEnd && after < upTo;) {
    const slice = await deps.store.readAll({ after, categories: REGISTRATIONS, max: PAGE });
    for (const event of slice.events) names.add(idOf(event.stream));
    ({ position: after, isEnd } = slice);
  }
  for (const name of names) await takeUp(deps, name);
};

const followFrom = async (deps: FollowDeps, after: Position, signal: AbortSignal): Promise<void> => {
  for await (const { events } of deps.store.subscribe({ after, categories: FOLLOWED, signal })) {
    const last = lastOfEach(events);
    for (const event of last) if (isOfOrchestration(event)) deps.orchestrations.observe(event);
    for (const name of idsOf(last, isOfOrchestration)) await takeUp(deps, name);
    for (const flowId of idsOf(last, isOfRun)) await lookAt(deps, flowId);
  }
};

/** One whose stream this version cannot read holds up its own workers only; the reactor reports it. */
const takeUp = async ({ orchestrations, directory }: FollowDeps, name: string): Promise<void> => {
  try {
    directory.update(name, (await orchestrations.load(orchestrationStream(name))).state);
  } catch (error) {
    if (!isUnknownForm(error)) throw error;
  }
};

const lookAt = async ({ sagas, atRest }: FollowDeps, flowId: string): Promise<void> => {
  if (!atRest.isAwaited(flowId)) return;
  const { state: run } = await sagas.load(sagaStream(flowId));
  if (run.kind === 'run' && isAtRest(run)) atRest.notify(flowId);
};
