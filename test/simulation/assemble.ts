import { createCluster } from './cluster.ts';
import type { ClusterOptions } from './cluster.ts';
import type { Faults } from './faults.ts';
import { createHistory } from './history.ts';
import { simulatedLog } from './log.ts';
import { createModel } from './model.ts';
import { statusOfRun } from './model-run.ts';
import { createOutside } from './outside.ts';
import type { Prng } from './prng.ts';
import { createScheduler } from './scheduler.ts';
import type { Choose } from './scheduler.ts';
import type { Sim } from './sim.ts';

export type Assembly = ClusterOptions & {
  readonly random: Prng;
  readonly faults: Faults;
  readonly choose: Choose;
  readonly note: (line: string) => void;
};

/** Puts a simulation together: the engine's processes, and everything around them. Nothing has happened yet. */
export const assemble = ({ random, faults, choose, note, ...options }: Assembly) => {
  const scheduler = createScheduler(choose, note);
  const log = simulatedLog(scheduler.now);
  const { leaseMs } = options.settings;
  const model = createModel(leaseMs);
  const states = new Set<string>();
  let violation: string | undefined;
  let busy = 0;
  let phase: 'safety' | 'calm' | 'over' = 'safety';

  const fail = (error: unknown): void => {
    violation ??= error instanceof Error ? `${error.name}: ${error.message}` : String(error);
  };
  const guard = (check: () => void): void => {
    try {
      check();
    } catch (error) {
      fail(error);
    }
  };
  log.onWrite((events) => {
    for (const { stream, revision, type } of events) note(`  ${stream} ${revision} ${type}`);
    guard(() => {
      model.append(events);
    });
    const run = model.runs.get(events[0]?.stream.slice('saga-'.length) ?? '');
    if (run !== undefined) states.add(statusOfRun(run));
  });
  const around = { scheduler, random, faults, log, fail };
  const sim: Sim = {
    ...around,
    cluster: createCluster(around, options),
    leaseMs,
    model,
    outside: createOutside(),
    history: createHistory(scheduler),
    sleep: (delayMs) => scheduler.sleep('outside', Math.max(0, delayMs)),
    run: (task) => {
      busy += 1;
      task().then(() => (busy -= 1), fail);
    },
    isCalm: () => phase !== 'safety',
    isOver: () => phase === 'over',
  };
  return {
    ...sim,
    guard,
    states,
    turn: (to: 'calm' | 'over'): void => {
      phase = to;
    },
    /** How many tasks nobody waits for are still under way. */
    busy: () => busy,
    violation: () => violation,
  };
};
export type Assembled = ReturnType<typeof assemble>;
