import { z } from 'zod';
import { sagaStatus } from '../../projections/saga/read-model.ts';

const plannedUndo = z.strictObject({
  /** 1 for the first. */
  order: z.int(),
  step: z.string(),
  /** Whether the step is known to have had its effect; `unknown` is undone too. */
  outcome: z.enum(['succeeded', 'unknown']),
  state: z.enum(['planned', 'waiting', 'running', 'undone', 'skipped', 'marked-done', 'blocked', 'gave-up']),
  attempt: z.int(),
  /** Undos that must be over before this one may start. */
  after: z.array(z.string()),
  /** The recorded output that the undo gets, in base64; null where there is none or where it is erased. */
  result: z.string().nullable(),
  isErased: z.boolean(),
});

/** What an undo would do, or is doing, or did. */
export const undoPlanView = z.strictObject({
  flowId: z.string(),
  orchName: z.string(),
  status: sagaStatus,
  /** An undo command would be taken now. */
  canUndo: z.boolean(),
  words: z.string(),
  /** In the order in which they may start. */
  steps: z.array(plannedUndo),
  /** Had, or may have had, their effect and are declared to have no undo: they stay as they are. */
  irreversible: z.array(z.strictObject({ step: z.string(), outcome: z.enum(['succeeded', 'unknown']) })),
  position: z.string(),
});
export type UndoPlanView = Readonly<z.infer<typeof undoPlanView>>;
export type PlannedUndo = UndoPlanView['steps'][number];
