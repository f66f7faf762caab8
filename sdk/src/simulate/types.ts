import type { Client } from '../client.ts';
import type { RunStatus } from '../generated/shapes.ts';
import type { Orchestrations } from '../worker/registration.ts';
import type { Steps } from '../worker/step.ts';

type Registration = Parameters<Client['orchestrations']['register']>[0]['body'];

/** What an initiator registers: `{ orchName, steps: [{ name, seq, objectType }] }`. */
export type SimulatedDefinition = Omit<
  Registration,
  'as' | 'orchestrationName' | 'orchName' | 'transport'
> & {
  readonly orchName: string;
};

/** A worker as in `worker({ service, steps })`; what has to do with connections is of no use here. */
export type SimulatedWorker = {
  readonly service: string;
  readonly steps: Steps;
  /** Which steps it does; all of its steps in the simulated orchestration unless given. */
  readonly orchestrations?: Orchestrations | undefined;
};

/**
 * What may go wrong. `step-fails`: an attempt fails before its handler is called, and may be tried again.
 * `step-fails-for-good`: a do fails so that it may not. `step-fails-late`: the handler has done its work, and the
 * attempt fails all the same. `worker-dies`: in the middle of a task, before or after the
 * handler. `answer-lost`, `answer-twice`, `answer-late` (after the deadline): what becomes of an answer.
 * `server-crashes`, `server-stalls`: one process, started again. `server-silent`: it does what it was asked, and the
 * answer gets lost. `log-unsure`: a write whose outcome nobody learns.
 */
export type SimulatedFault =
  | 'step-fails'
  | 'step-fails-for-good'
  | 'step-fails-late'
  | 'worker-dies'
  | 'answer-lost'
  | 'answer-twice'
  | 'answer-late'
  | 'server-crashes'
  | 'server-stalls'
  | 'server-silent'
  | 'log-unsure';

export type SimulateOptions = {
  /** A whole number: decides everything that is left to chance. 1 unless given. */
  readonly seed?: number | undefined;
  /** How many seeds, from `seed` on; 1 unless given. */
  readonly seeds?: number | undefined;
  /** What may go wrong; each seed draws its own from these. All unless given. */
  readonly faults?: readonly SimulatedFault[] | undefined;
  /** One run is started for each of these. One run without an input unless given. */
  readonly inputs?: readonly unknown[] | undefined;
  /** How long one call of a handler may take, by the clock on the wall; 10,000 unless given. */
  readonly handlerMs?: number | undefined;
  /** Throws where what happened with a seed is not what it should be. */
  readonly check?: ((outcome: SimulatedOutcome) => void | Promise<void>) | undefined;
};

/** How often a step was done, or undone, for one effect. */
export type SimulatedEffect = {
  readonly effectId: string;
  readonly flowId: string;
  readonly stepName: string;
  readonly action: 'do' | 'undo';
  /** How often the handler was called, and how often it returned. More than once is what idempotency is for. */
  readonly calls: number;
  readonly returned: number;
};

export type SimulatedRun = {
  readonly flowId: string;
  readonly status: RunStatus;
  /** Of each step that was touched: where its do, and its undo, came to. */
  readonly steps: Readonly<Record<string, { readonly do: string | null; readonly undo: string | null }>>;
};

/** What happened with one seed. The same seed, definition and handlers give the same again. */
export type SimulatedOutcome = {
  readonly seed: number;
  readonly runs: readonly SimulatedRun[];
  readonly effects: readonly SimulatedEffect[];
  /** How often each fault happened. */
  readonly faults: Readonly<Partial<Record<SimulatedFault, number>>>;
  /** Line by line, each with its time in milliseconds. */
  readonly trace: readonly string[];
};
