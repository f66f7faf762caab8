import { createCluster } from '../../sdk/simulator/cluster.ts';
import type { ClusterOptions } from '../../sdk/simulator/processes.ts';
import type { Faults } from './faults.ts';
import type { StoredEvent } from '../../src/infra/event-store/port.ts';
import { createHistory } from './history.ts';
import { simulatedLog } from '../../sdk/simulator/log.ts';
import { createModel } from './model.ts';
import { statusOfRun } from './model-run.ts';
import { createOutside } from './outside.ts';
import type { Prng } from '../../sdk/simulator/prng.ts';
import { createScheduler } from '../../sdk/simulator/scheduler.ts';
import type { Choose } from '../../sdk/simulator/scheduler.ts';
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
  const { leaseMs, graceMs = 60_000 } = options.settings;
  const model = createModel(leaseMs, graceMs);
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
    for (const event of events) note(lineOf(event));
    if (events.some(({ type }) => type === 'StepTakenBack')) faults.saw('task-taken-back');
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
    never: new AbortController().signal,
    behindMs: options.behindMs,
    model,
    outside: createOutside(),
    history: createHistory(scheduler),
    acknowledged: new Map(),
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

const lineOf = ({ stream, revision, type, data }: StoredEvent): string => {
  const line = `  ${stream} ${revision} ${type}`;
  if (typeof data !== 'object' || data === null || !('step' in data) || !('action' in data)) return line;
  const attempt = 'attempt' in data ? ` ${String(data.attempt)}` : '';
  return `${line} ${String(data.action)} ${String(data.step)}${attempt}`;
};

export type Assembled = ReturnType<typeof assemble>;
