import { z } from 'zod';
import { liveness } from '../../domain/liveness.ts';
import { sagaStatus, waiting } from '../../projections/saga/read-model.ts';

/** A service that could take the step, or could be told to. */
const candidate = z.strictObject({
  service: z.string(),
  orchName: z.string(),
  /** `serves` this step now; `served-before`; `serves-elsewhere` a step of this name in another orchestration. */
  why: z.enum(['serves', 'served-before', 'serves-elsewhere']),
  liveness,
});
export type Candidate = Readonly<z.infer<typeof candidate>>;

const held = z.strictObject({
  by: z.string(),
  since: z.string(),
  leaseUntil: z.string(),
  deadline: z.string(),
  /** What the worker last said of it; never stored. */
  progress: z.json().nullable(),
});
export type Held = Readonly<z.infer<typeof held>>;

const openStep = waiting.extend({
  step: z.string(),
  action: z.enum(['do', 'undo']),
  attempt: z.int(),
  words: z.string(),
  /** Who has the task; null where nobody has. */
  held: held.nullable(),
  /** A worker could take the task now. */
  onOffer: z.boolean(),
  services: z.array(candidate),
});
export type OpenStep = Readonly<z.infer<typeof openStep>>;

const operatorCommand = z.strictObject({
  command: z.enum(['pause', 'resume', 'cancel', 'undo', 'retry', 'skip', 'complete']),
  step: z.string().nullable(),
  method: z.literal('POST'),
  path: z.string(),
  words: z.string(),
});
export type OperatorCommand = Readonly<z.infer<typeof operatorCommand>>;

/** Why a run stands where it stands, who can move it, and where its time went. */
export const explanation = z.strictObject({
  flowId: z.string(),
  orchName: z.string(),
  status: sagaStatus,
  words: z.string(),
  /** The first of the reasons by precedence; null once the run has ended. */
  waiting: waiting.nullable(),
  /** Every open step with its one reason. */
  steps: z.array(openStep),
  /** What an operator can do now. */
  commands: z.array(operatorCommand),
  /** What happens next by itself, and when at the latest; null where nothing does. */
  next: z
    .strictObject({ words: z.string(), step: z.string().nullable(), at: z.string().nullable() })
    .nullable(),
  time: z.strictObject({
    from: z.string(),
    until: z.string(),
    totalMs: z.int(),
    /** By waiting reason, longest first; `ended`: the time until an undo reopened the run. Adds up to `totalMs`. */
    spent: z.array(z.strictObject({ reason: z.string(), ms: z.int(), share: z.number() })),
  }),
  position: z.string(),
});
export type Explanation = Readonly<z.infer<typeof explanation>>;
