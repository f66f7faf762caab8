import type { FastifyBaseLogger } from 'fastify';
import { createExecutor } from './commands/execute.ts';
import { createReplay } from './commands/replay/create-replay.ts';
import type { ReplayHandlers } from './commands/replay/handlers.ts';
import { openPayloads } from './commands/replay/open-payloads.ts';
import { previewReplay } from './commands/replay/preview-replay.ts';
import { readRecords } from './commands/replay/read-records.ts';
import { createReplayer } from './commands/replay/replayer.ts';
import type { Replays } from './commands/replay/replay-deps.ts';
import { runSession } from './commands/replay/run-session.ts';
import { steerReplay } from './commands/replay/steer-replay.ts';
import { forItsTurn, tellWait } from './commands/replay/waits.ts';
import type { InstanceDeps } from './commands/instance/instance-deps.ts';
import type { Duty, DutyDeps } from './compose-duties.ts';
import { replayTargets } from './compose-replay-targets.ts';
import type { Ports } from './compose-stores.ts';
import type { Config } from './config.ts';
import { replayAggregate } from './domain/replay/aggregate.ts';
import type { Position } from './infra/event-store/port.ts';
import type { Leases } from './infra/leases/port.ts';
import { whileHeld } from './infra/leases/singleton.ts';
import { createReplaySinks } from './infra/replay/sinks.ts';

const MIB = 1024 * 1024;

/** Replay sessions: what is asked of them, and the duty that does their work. */
export const replayOf = (
  ports: Ports & Pick<InstanceDeps, 'instances'>,
  config: Config,
  logger: FastifyBaseLogger,
) => {
  const sinks = createReplaySinks();
  const onTrouble = (err: unknown): void => {
    logger.error({ err }, 'replayed events could not be passed on; it is tried again');
  };
  const places = replayTargets({ config, clock: ports.clock, sinks, onTrouble });
  const replays = createExecutor({ ...ports, cacheBytes: MIB }, replayAggregate);
  const deps = { ...ports, replays, targets: places.targets };
  const open = openPayloads(ports);
  const handlers: ReplayHandlers = {
    ...steerReplay(deps),
    createReplay: createReplay(deps),
    previewReplay: previewReplay(deps),
    getReplayRecords: readRecords({ sinks, open }),
  };
  return {
    handlers,
    useBus: places.useBus,
    duties: (cursorOf: (position: Position) => string, duty: DutyDeps): readonly Duty[] => [
      replayDuty({ ...deps, open, cursorOf }, duty),
    ],
  };
};

type WorkDeps = Parameters<typeof runSession>[0] & { readonly replays: Replays } & Pick<Ports, 'store'>;

/** Every process looks for sessions; each session is the work of one of them at a time. */
const replayDuty = (deps: WorkDeps, { leases, random, holder, leaseMs, logger }: DutyDeps): Duty => ({
  ...{ name: 'replay', role: 'bridge', isSingle: false },
  run: (signal) =>
    createReplayer({
      ...deps,
      work: (sessionId, stop) =>
        whileHeld({
          ...{ leases, random, holder, clock: deps.clock, ttlMs: leaseMs, name: leaseOf(sessionId) },
          work: (over) => runSession(deps, sessionId, over),
          onTrouble: (err) => {
            logger.error({ err, sessionId }, 'a replay session came to a stop; it is taken up again');
          },
        }).run(stop),
      onTurn: async (sessionId) => {
        // Its turn may be with another process.
        if (!(await isHeld(leases, leaseOf(sessionId)))) await tellWait(deps, sessionId, forItsTurn);
      },
      onUnreadable: (sessionId, err) => logger.error({ err, sessionId }, 'a replay session cannot be read'),
    }).run(signal),
});

const leaseOf = (sessionId: string): string => `replay-${sessionId}`;

/** Not known is no: then it is said that the session waits, until whoever works on it says otherwise. */
const isHeld = async (leases: Pick<Leases, 'held'>, wanted: string): Promise<boolean> => {
  const held = await leases.held().catch(() => []);
  return held.some(({ name }) => name === wanted);
};
