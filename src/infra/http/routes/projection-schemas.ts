import { z } from 'zod';
import { LONGEST_PART } from '../server-options.ts';

const position = z.string().meta({ description: 'Opaque cursor: a position in the log.' });

export const onProjection = z.strictObject({ name: z.string().regex(/^[a-z][a-z0-9-]{0,79}$/) });
export const onDocument = z.strictObject({ ...onProjection.shape, id: z.string().min(1).max(LONGEST_PART) });

/** A read model is switched to what a rebuild made of it only if both are equal, or if this says otherwise. */
export const rebuildInput = z.strictObject({ acceptChanges: z.boolean().default(false) });

const difference = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('changed'), id: z.string(), fields: z.array(z.string()).readonly() }),
  z.strictObject({ kind: z.enum(['only-live', 'only-rebuilt']), id: z.string() }),
]);
const comparison = z.strictObject({
  isEqual: z.boolean(),
  documents: z.int(),
  differing: z.int(),
  differences: z.array(difference).readonly(),
  digests: z.strictObject({ live: z.string(), rebuilt: z.string() }),
  position,
});
const result = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('switched'), comparison: comparison.nullable() }),
  z.strictObject({ kind: z.enum(['kept', 'verified']), comparison }),
  z.strictObject({ kind: z.literal('refolded'), documents: z.int(), blocked: z.int() }),
]);
const job = z.strictObject({
  kind: z.enum(['fill', 'rebuild', 'verify', 'rollback', 'refold']),
  phase: z.enum(['waiting', 'folding', 'indexing', 'comparing', 'done']),
  generation: z.int().nullable(),
  position,
  events: z.int(),
  eventsPerSecond: z.number(),
  result: result.nullable(),
});

const projection = z.strictObject({
  name: z.string(),
  state: z.enum(['live', 'filling', 'outdated']),
  generation: z.int().nullable(),
  position: position.nullable(),
  lag: z.strictObject({ events: z.int(), seconds: z.number() }),
  eventsPerSecond: z.number(),
  blocked: z.int(),
  blockedIds: z.array(z.string()).readonly().meta({ description: 'Of the first 100 that are blocked.' }),
  job: job.nullable(),
  secondsLeft: z.number().nullable(),
});
export const projectionsAnswer = z.strictObject({
  items: z.array(projection).readonly(),
  projector: z.enum(['running', 'restarting', 'closed']),
  restarts: z.int(),
  position,
});
export const jobAnswer = z.strictObject({ job, secondsLeft: z.number().nullable() });
export const startedAnswer = z.strictObject({ job });
export const rolledBackAnswer = z.strictObject({ generation: z.int() });
export const unblockedAnswer = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('unblocked') }),
  z.strictObject({ kind: z.literal('still-blocked'), type: z.string(), reason: z.string() }),
]);
