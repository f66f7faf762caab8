import { cannotBeRead } from '../../domain/damage.ts';
import type { Actor, AppendMetadata } from '../../domain/event.ts';
import { workerStream } from '../../domain/worker/aggregate.ts';
import type { WorkerAggregate } from '../../domain/worker/aggregate.ts';
import { judge } from '../../domain/worker/judge.ts';
import type { Limits, Observation } from '../../domain/worker/judge.ts';
import type { Clock } from '../../infra/clock/port.ts';
import type { TaskQueue } from '../../infra/task-queue/port.ts';
import { commandIdOf } from '../deterministic-ids.ts';
import type { ExecutorOf } from '../deps.ts';
import { createBackground } from '../engine/background.ts';
import type { Folded } from '../folded.ts';
import type { Directory } from '../task/directory.ts';
import { createLyingTasks } from './lying-tasks.ts';
import type { Presence } from './presence.ts';

export type WatchDeps = {
  readonly workers: ExecutorOf<WorkerAggregate>;
  readonly queue: Pick<TaskQueue, 'routesOnOffer'>;
  readonly clock: Clock;
  readonly directory: Pick<Directory, 'services' | 'routesOf'>;
  readonly presence: Presence;
  readonly limits: Limits;
  /** A look that failed, or a service whose stream cannot be read: the next look tries again. */
  readonly onTrouble: (error: unknown) => void;
};

/** How much of the shorter limit passes between two looks. */
const LOOKS_PER_LIMIT = 6;
const AT_ONCE = 16;

const watchman: Actor = { kind: 'system', id: 'watch', source: 'reactor' };

/**
 * Looks at every registered service again and again, on the clock, and records when one became silent or deaf and
 * when it was back: one event per change. Nobody is judged by the time before `start`; a service registered since
 * then is judged from when it was first heard. `idle` resolves when no look is under way; `stop` waits for that too.
 */
export const createWatch = (deps: WatchDeps) => {
  const { clock, limits, directory, onTrouble } = deps;
  const background = createBackground(onTrouble);
  const everyMs = Math.max(1, Math.floor(Math.min(limits.silentMs, limits.deafMs) / LOOKS_PER_LIMIT));
  let isStopped = false;
  let cancel = (): void => undefined;

  const repeat = (look: () => Promise<void>): void => {
    cancel = clock.schedule(everyMs, () => {
      background.run(async () => {
        await look().catch(onTrouble);
        if (!isStopped) repeat(look);
      });
    });
  };
  return {
    start: (): void => {
      repeat(looks(deps, { listeningSince: clock.now(), known: new Set(directory.services()) }));
    },
    idle: background.idle,
    stop: (): Promise<void> => {
      isStopped = true;
      cancel();
      return background.idle();
    },
  };
};

type Start = { readonly listeningSince: number; readonly known: ReadonlySet<string> };

const looks = (deps: WatchDeps, { listeningSince, known }: Start): (() => Promise<void>) => {
  const { clock, directory, limits, presence } = deps;
  const lying = createLyingTasks(deps.queue);
  const observationOf = (service: string): Observation => {
    const routes = directory.routesOf(service);
    const signs = presence.signsOf(service);
    return { now: clock.now(), listeningSince, limits, signs, lying: lying.longest(routes) };
  };
  return async () => {
    const services = directory.services();
    const routes = new Set(services.flatMap((service) => directory.routesOf(service)));
    await lying.look([...routes], clock.now());
    const judged = services.filter((service) => known.has(service) || presence.isHeard(service));
    for (let start = 0; start < judged.length; start += AT_ONCE)
      await Promise.all(
        judged
          .slice(start, start + AT_ONCE)
          .map((service) => unlessUnreadable(deps, () => judgeOne(deps, service, observationOf))),
      );
  };
};

/** One whose stream cannot be read keeps no other from being judged; what is wrong with all of them ends the look. */
const unlessUnreadable = async ({ onTrouble }: WatchDeps, work: () => Promise<void>): Promise<void> => {
  try {
    await work();
  } catch (error) {
    if (!cannotBeRead(error)) throw error;
    onTrouble(error);
  }
};

/** The log is only asked where what is in memory of it says that there is something to record. */
const judgeOne = async (
  { workers, presence }: WatchDeps,
  service: string,
  observe: (service: string) => Observation,
): Promise<void> => {
  const known = presence.recordedOf(service);
  if (known !== undefined && judge(service, known, observe(service)) === undefined) return;
  const stream = workerStream(service);
  const folded = await workers.load(stream);
  presence.record(service, folded.state);
  const command = { type: 'JudgeWorker', service, observation: observe(service) } as const;
  const change = judge(service, folded.state, command.observation);
  if (change === undefined) return;
  const outcome = await workers.execute(stream, command, metadataOf(folded, service, change.type));
  if (outcome.kind !== 'accepted') throw new Error(`${service}: ${outcome.detail}`);
  presence.record(service, outcome.state);
};

/** The id names the change and what it follows: two looks that see the same write it once. */
const metadataOf = (folded: Folded<unknown>, service: string, type: string): AppendMetadata => {
  const { revision } = folded.head;
  const commandId = commandIdOf('watch', service, String(revision), type);
  return {
    commandId,
    causationId: folded.headEventId ?? commandId,
    correlationId: commandId,
    actor: watchman,
    ...(revision < 0 ? { owner: watchman.id } : {}),
  };
};
