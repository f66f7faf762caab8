import type { HeldTask } from '../../../commands/task/abandon-tasks.ts';
import type { TaskAnswerInput, TaskHeartbeatInput } from '../../../commands/task/inputs.ts';
import type { WorkerTask } from '../../../commands/task/worker-task.ts';
import { passingMap } from '../../../domain/passing-map.ts';
import type { Clock } from '../../clock/port.ts';

/** What the worker on a connection holds, as far as the connection knows. */
export type HeldTasks = {
  readonly sent: (tasks: readonly WorkerTask[]) => void;
  /** Its lease was extended over this connection, wherever it had been claimed. */
  readonly extended: (on: TaskHeartbeatInput, leaseUntil: string) => void;
  /** An answer without an attempt is for the one that is held. */
  readonly done: (on: Pick<TaskAnswerInput, 'flowId' | 'stepName' | 'action' | 'attempt'>) => void;
  /** Those whose lease has not ended. */
  readonly list: () => readonly HeldTask[];
  /** When the first lease ends, in milliseconds since the epoch; undefined while nothing is held. */
  readonly firstEnd: () => number | undefined;
};

export const heldTasks = (clock: Pick<Clock, 'now'>): HeldTasks => {
  // In the order in which leases end: each is the longest when it begins, and begins anew at the end.
  const held = passingMap<string, HeldTask>();
  const msOf = lastParsed();
  const keep = (on: OnAttempt, leaseUntil: number): void => {
    const { flowId, stepName, action, attempt } = on;
    const key = keyOf(on);
    held.delete(key);
    held.set(key, { flowId, stepName, action, attempt, leaseUntil });
  };
  const dropEnded = (): void => {
    const now = clock.now();
    for (const [key, { leaseUntil }] of held.entries()) {
      if (leaseUntil > now) return;
      held.delete(key);
    }
  };
  return {
    sent: (tasks) => {
      dropEnded();
      for (const task of tasks) keep(task, msOf(task.leaseUntil));
    },
    extended: (on, leaseUntil) => keep(on, msOf(leaseUntil)),
    done: (on) => {
      const key = keyOf(on);
      const one = held.get(key);
      if (one !== undefined && (on.attempt ?? one.attempt) === one.attempt) held.delete(key);
    },
    list: () => {
      dropEnded();
      return [...held.values()];
    },
    firstEnd: () => {
      dropEnded();
      const [first] = held.values();
      return first?.leaseUntil;
    },
  };
};

type OnAttempt = Omit<HeldTask, 'leaseUntil'>;

const keyOf = ({ flowId, stepName, action }: Pick<HeldTask, 'flowId' | 'stepName' | 'action'>): string =>
  `${flowId} ${action} ${stepName}`;

/** Of tasks that were claimed together all leases end at the same time. */
const lastParsed = (): ((time: string) => number) => {
  let text = '';
  let ms = Number.NaN;
  return (time) => {
    if (time !== text) {
      text = time;
      ms = Date.parse(time);
    }
    return ms;
  };
};
