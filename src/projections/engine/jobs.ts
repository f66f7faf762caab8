import type { Clock } from '../../infra/clock/port.ts';
import { START } from '../../infra/event-store/port.ts';
import type { Job, JobKind, JobResult } from '../../infra/projector/port.ts';
import type { Progress, Steps } from './context.ts';
import type { Rate } from './rate.ts';
import { rateOf } from './rate.ts';

export type Jobs = {
  /** Queues work; it begins when what was queued before has ended. */
  readonly add: (kind: JobKind, names: readonly string[], work: (progress: Progress) => Steps) => Queued;
  /** One step of the running job; false where there is none. */
  readonly step: () => Promise<boolean>;
  /** Queued or running. */
  readonly isBusy: (name: string) => boolean;
  /** The running or the last job of a projection. */
  readonly of: (name: string) => Job | null;
};

export type Queued = { readonly job: () => Job; readonly done: Promise<JobResult> };

type Entry = {
  readonly kind: JobKind;
  readonly names: readonly string[];
  readonly steps: Steps;
  readonly progress: Progress;
  readonly rate: Rate;
  readonly finish: (result: JobResult) => void;
  result: JobResult | null;
};

/** Long work, one after the other: what two rebuilds at once would win in time, the live generations would lose. */
export const jobQueue = (clock: Pick<Clock, 'now'>, onAdded: () => void): Jobs => {
  const waiting: Entry[] = [];
  const last = new Map<string, Entry>();
  return {
    add: (kind, names, work) => {
      const { promise, resolve } = Promise.withResolvers<JobResult>();
      const entry = entryOf(kind, work, { clock, names, finish: resolve });
      waiting.push(entry);
      for (const name of names) last.set(name, entry);
      onAdded();
      return { job: () => jobOf(entry), done: promise };
    },
    step: async () => {
      const [entry] = waiting;
      if (entry === undefined) return false;
      const result = await stepOf(entry);
      if (result === undefined) return true;
      waiting.shift();
      entry.finish(result);
      return true;
    },
    isBusy: (name) => waiting.some(({ names }) => names.includes(name)),
    of: (name) => {
      const entry = last.get(name);
      return entry === undefined ? null : jobOf(entry);
    },
  };
};

type More = Pick<Entry, 'names' | 'finish'> & { readonly clock: Pick<Clock, 'now'> };

const entryOf = (
  kind: JobKind,
  work: (progress: Progress) => Steps,
  { clock, names, finish }: More,
): Entry => {
  const progress: Progress = { phase: 'waiting', generation: null, position: START, events: 0 };
  return { kind, names, progress, steps: work(progress), rate: rateOf(clock), finish, result: null };
};

/** The result, once there is one. */
const stepOf = async (entry: Entry): Promise<JobResult | undefined> => {
  const { progress, rate, steps } = entry;
  const before = progress.events;
  // The time it takes counts from here, not from its first result.
  rate.add(0);
  const step = await steps.next();
  rate.add(progress.events - before);
  if (step.done !== true) return undefined;
  progress.phase = 'done';
  entry.result = step.value;
  return step.value;
};

const jobOf = ({ kind, progress, rate, result }: Entry): Job => ({
  kind,
  phase: progress.phase,
  generation: progress.generation,
  position: progress.position,
  events: progress.events,
  eventsPerSecond: rate.perSecond(),
  result,
});
