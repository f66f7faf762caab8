import { z } from 'zod';
import { stepAction } from '../../domain/names.ts';
import { sagaStatus } from '../../projections/saga/read-model.ts';

const place = z.strictObject({
  type: z.string(),
  step: z.string().nullable(),
  action: stepAction.nullable(),
  attempt: z.int().nullable(),
});

/** `missing`: recorded only; `added`: decided only; `changed`: says something else; `moved`: stands elsewhere. */
const difference = place.extend({
  kind: z.enum(['missing', 'added', 'changed', 'moved']),
  /** Of the recorded event; null for one that was not recorded. */
  revision: z.int().nullable(),
  changes: z
    .array(z.strictObject({ field: z.string(), recorded: z.unknown(), decided: z.unknown() }))
    .readonly(),
});

const names = z.array(z.string()).readonly();
const outcome = z.enum(['success', 'failure']);

/** One run decided anew under another definition. */
export const runWhatIfView = z.strictObject({
  flowId: z.string(),
  orchName: z.string(),
  status: sagaStatus,
  definitionVersion: z.int().nullable(),
  /** Where it would stand. */
  decidedStatus: sagaStatus.nullable(),
  /** Whether a run that goes on could go on under the changed definition; null for one that has ended. */
  verdict: z.enum(['compatible', 'needs-mapping', 'stuck']).nullable(),
  /** The gravest first. */
  why: z
    .array(
      z.strictObject({
        code: z.enum([
          ...(['worker-missing', 'undo-lost', 'step-removed', 'step-too-early'] as const),
          ...(['step-added', 'decided-otherwise', 'input-refused'] as const),
        ]),
        step: z.string().nullable(),
        detail: z.string(),
      }),
    )
    .readonly(),
  /** Where the two histories part; null where they are the same, event for event. */
  firstDivergence: z
    .strictObject({
      revision: z.int().nullable(),
      recorded: place.nullable(),
      decided: place.nullable(),
      words: z.string(),
    })
    .nullable(),
  /** In the order of the record; the first of them, where there are many. */
  differences: z.array(difference).readonly(),
  differencesTotal: z.int(),
  /** By what was recorded or decided, and by what would follow if all goes well. */
  steps: z.strictObject({ newlyRun: names, skipped: names, newlyUndone: names, notUndone: names }),
  /** What was recorded and would have been refused. */
  refused: z.array(z.strictObject({ revision: z.int(), type: z.string(), code: z.string() })).readonly(),
  /** Attempts without a recorded outcome, and the one they were given. */
  assumed: z
    .array(z.strictObject({ step: z.string(), action: stepAction, attempt: z.int(), outcome }))
    .readonly(),
  position: z.string(),
});
export type RunWhatIfView = Readonly<z.infer<typeof runWhatIfView>>;

const count = z.int().nonnegative();

/** How many runs of a page there are by verdict. */
export const verdictCounts = z.strictObject({
  compatible: count,
  needsMapping: count,
  stuck: count,
  ended: count,
});
export type VerdictCounts = Readonly<z.infer<typeof verdictCounts>>;
