import type { Json } from '../generated/shapes.ts';
import type { StandardSchema } from './standard-schema.ts';

/** One task, beside its input. */
export type StepContext = {
  readonly flowId: string;
  readonly orchName: string;
  readonly stepName: string;
  readonly action: 'do' | 'undo';
  readonly attempt: number;
  /**
   * The same for every attempt at this effect, and for no other effect: hand it on as the idempotency key, and doing
   * the step twice has the effect of doing it once.
   */
  readonly effectId: string;
  /** The answers of the steps that this one depends on, by step; of an undo, the step's own. Values as in `input`. */
  readonly results: Readonly<Record<string, unknown>>;
  /** The input as it came. */
  readonly payload: Uint8Array;
  /**
   * The span of this attempt, as W3C's header `traceparent` names it: what the step does, and calls, may be below it.
   * Undefined where Skald exports no traces.
   */
  readonly traceparent: string | undefined;
  /** RFC 3339: the answer must come before. */
  readonly deadline: string;
  /** Aborts when the task is not this worker's any more (LeaseLost) or the worker must end (WorkerStopped). */
  readonly signal: AbortSignal;
  /**
   * Says how far the work is: at most 4,096 characters of JSON, shown with the run.
   * @throws RangeError for more, for more than 24 levels and for whole numbers that JSON does not hold exactly.
   */
  readonly progress: (progress: Json) => void;
};

/**
 * How a step is done and undone. What `do` returns becomes the step's answer: bytes as they are, everything else as
 * JSON, nothing for undefined. It may run more than once for one effect; see `effectId`.
 */
export type Step<Input = unknown, Result = unknown> = {
  /** Checks and types the input. An input that does not fit fails the step for good, with code `invalid_input`. */
  readonly input?: StandardSchema<Input> | undefined;
  /** Without a schema the input is what its JSON says, its bytes where it is not JSON, undefined where there is none. */
  do(input: Input, context: StepContext): Result | Promise<Result>;
  /** Gets what `do` answered, as it came back from JSON; undefined where nobody knows whether `do` was done at all. */
  undo?(result: Result | undefined, context: StepContext): unknown;
};

/** Ties the types of a step's parts together: the input of its schema, and the result that its undo gets. */
export const step = <Input, Result>(definition: Step<Input, Result>): Step<Input, Result> => definition;

/** By name. Methods take what each step's own schema has checked. */
export type Steps = Readonly<Record<string, Step>>;
