import { z } from 'zod';

export const DEAD_LETTERS = 'dead-letters';

export const letterState = z.enum(['parked', 'selected', 'redriving', 'resolved', 'discarded']);

/** Of a letter that is not closed. */
export const OPEN_LETTERS = ['parked', 'selected', 'redriving'] as const;

/** What became of a letter in one redrive. */
export const redriveState = z.enum(['selected', 'redriving', 'resolved', 'parked-again', 'discarded']);

/** One dead letter, without its content. */
export const letterRow = z.strictObject({
  id: z.string(),
  state: letterState,
  bus: z.string(),
  topic: z.string(),
  partition: z.int(),
  offset: z.string(),
  /** The record's own time. */
  recordAt: z.string().nullable(),
  /** Why it is here, by the latest attempt to take it. */
  code: z.string(),
  detail: z.string(),
  pointer: z.string().nullable(),
  fingerprint: z.string(),
  flowId: z.string().nullable(),
  /** The instance it was meant for, or became. */
  instanceId: z.string().nullable(),
  /** Letters of one sequence are taken one after the other; null for a record without a key. */
  sequence: z.string().nullable(),
  /** The letter it was queued behind when it came, where nothing else kept it from being taken. */
  behind: z.string().nullable(),
  /** Bytes of the value as it came; null for a record without one. */
  size: z.int().nullable(),
  /** Parts of the record that were too long to keep whole. */
  truncated: z.array(z.enum(['key', 'value', 'headers'])),
  /** How often it was edited. */
  edition: z.int(),
  /** How often it was taken again. */
  tries: z.int(),
  redriveId: z.string().nullable(),
  /** The last redrives, `<redrive>` and `<redrive>/<what became of it>` each. */
  redrives: z.array(z.string()),
  /** What a resolved letter came to: `done`, or why it changes nothing. */
  outcome: z.string().nullable(),
  /** Where it was parked in the log: what orders letters of one sequence. */
  place: z.string(),
  parkedAt: z.string(),
  updatedAt: z.string(),
  closedAt: z.string().nullable(),
  revision: z.int(),
  position: z.string(),
});
export type LetterRow = Readonly<z.infer<typeof letterRow>>;

export const letterSummary = letterRow.omit({ redrives: true, place: true });
export type LetterSummary = z.infer<typeof letterSummary>;

export const letterGroup = z.strictObject({
  fingerprint: z.string(),
  count: z.int(),
  first: z.string(),
  last: z.string(),
  /** The latest one: what it says holds for all. */
  example: letterSummary,
  position: z.string(),
});
export type LetterGroup = z.infer<typeof letterGroup>;

export const redriveProgress = z.strictObject({
  redriveId: z.string(),
  counts: z.record(redriveState, z.int()),
  total: z.int(),
  /** Nothing of it is left to be taken. */
  isOver: z.boolean(),
  position: z.string(),
});
export type RedriveProgress = z.infer<typeof redriveProgress>;

export const redrivePreview = z.strictObject({
  /** Letters that would be selected. */
  letters: z.int(),
  /** True where there are more than one redrive selects: the oldest are taken. */
  isCut: z.boolean(),
  /** Letters named that would stay as they are, by why. */
  skipped: z.record(z.string(), z.int()),
  topics: z.record(z.string(), z.int()),
  order: z.strictObject({
    /** Further letters queued behind these: they follow by themselves. */
    following: z.int(),
    /** Letters of these that would wait: one before them in their sequence is not selected. */
    heldUp: z.int(),
  }),
  runs: z.strictObject({
    total: z.int(),
    /** Runs that have ended: what comes for them changes nothing. */
    ended: z.int(),
    /** Runs the log knows nothing of. */
    unknown: z.int(),
    items: z.array(
      z.strictObject({
        flowId: z.string(),
        status: z.string().nullable(),
        ended: z.boolean(),
        letters: z.int(),
      }),
    ),
  }),
  instances: z.strictObject({
    total: z.int(),
    /** Instances that were deleted: the content of their letters is erased with them, and cannot be taken. */
    deleted: z.int(),
    /** Instances the log knows nothing of. */
    unknown: z.int(),
    items: z.array(
      z.strictObject({
        instanceId: z.string(),
        status: z.string().nullable(),
        deleted: z.boolean(),
        letters: z.int(),
      }),
    ),
  }),
  position: z.string(),
});
export type RedrivePreview = z.infer<typeof redrivePreview>;

const content = z.strictObject({
  /** `text` for what is UTF-8. */
  encoding: z.enum(['text', 'base64', 'erased']),
  data: z.string(),
});
export type LetterContent = z.infer<typeof content>;

const difference = z.strictObject({ kind: z.enum(['same', 'removed', 'added']), text: z.string() });

/** One dead letter with its content and what happened to it, folded from the log. */
export const letterView = letterSummary.extend({
  key: content.nullable(),
  value: content.nullable(),
  headers: z.array(z.strictObject({ name: z.string(), value: content })),
  editions: z.array(
    z.strictObject({
      edition: z.int(),
      at: z.string(),
      by: z.string(),
      reason: z.string(),
      size: z.int(),
      value: content,
      /** Against the edition before, line by line; null where one is no text, or they have little in common. */
      diff: z.array(difference).nullable(),
    }),
  ),
  history: z.array(
    z.strictObject({
      revision: z.int(),
      at: z.string(),
      by: z.string(),
      what: z.string(),
      reason: z.string().nullable(),
      redriveId: z.string().nullable(),
      edition: z.int().nullable(),
      code: z.string().nullable(),
      detail: z.string().nullable(),
    }),
  ),
});
export type LetterView = z.infer<typeof letterView>;
export type LetterDifference = z.infer<typeof difference>;
