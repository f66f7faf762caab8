import type { Run, RunEvent, SkaldClient } from './client.ts';
import type { LetterClient } from './letters.ts';
import type { ServiceBus } from './service-bus.ts';

/** What the parts are played with. */
export type Stage = {
  readonly skald: SkaldClient;
  readonly letters: LetterClient;
  /** An orchestration's name as it is used here: on a server that is there already, no earlier play has used it. */
  readonly named: (orchName: string) => string;
  /** Starts a worker for these steps, `<orchestration>/<step>`. */
  readonly startWorker: (service: string, ...offers: readonly string[]) => void;
  /** Undefined where there is none. */
  readonly records: Records | undefined;
  readonly tell: (line: string) => void;
};

/** The bus, and where on it Skald reads and writes. */
export type Records = {
  readonly bus: ServiceBus;
  readonly prefix: string;
  readonly deadline: AbortSignal;
};

export type Claims = Readonly<Record<string, boolean>>;

export type Played = {
  /** The run, which has ended. */
  readonly flowId: string;
  /** What else must have been true on the way. */
  readonly claims?: Claims;
};

/** Where a run must end up. */
export type Ending = {
  readonly status: string;
  /** What each step came to. */
  readonly steps: Readonly<Record<string, string>>;
  /** The steps undone, in the order in which their undo was handed out. */
  readonly undone: readonly string[];
  /** What else must be true of the run. */
  readonly also?: Readonly<Record<string, (events: readonly RunEvent[], run: Run) => boolean>>;
};

export type Part = {
  readonly title: string;
  /** Undefined where what it needs is not there. */
  readonly play: (stage: Stage) => Promise<Played | undefined>;
  readonly ending: Ending;
};

export const runToEnd = async ({ skald, named }: Stage, orchName: string, order: object): Promise<Played> => {
  const flowId = await skald.execute(named(orchName), order);
  await skald.ended(flowId);
  return { flowId };
};
