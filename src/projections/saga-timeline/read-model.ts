import { z } from 'zod';
import { stepAction } from '../../domain/names.ts';

export const SAGA_TIMELINE = 'saga-timeline';

/** One event of a run, in words. Holds nothing of what was sealed. */
export const timelineEntry = z.strictObject({
  flowId: z.string(),
  revision: z.int(),
  at: z.string(),
  /** The event's type. */
  kind: z.string(),
  step: z.string().nullable(),
  action: stepAction.nullable(),
  text: z.string(),
  by: z.string(),
  position: z.string(),
});
export type TimelineEntry = z.infer<typeof timelineEntry>;
