import { z } from 'zod';
import { actor } from './event.ts';

/** An event as the log and the API show it. */
export const storedEvent = z.strictObject({
  stream: z.string(),
  revision: z.int(),
  position: z.string(),
  eventId: z.string(),
  type: z.string(),
  data: z.unknown(),
  metadata: z.strictObject({
    commandId: z.string(),
    correlationId: z.string(),
    causationId: z.string(),
    actor,
    owner: z.string().optional(),
    bodyHash: z.string().optional(),
    schemaVersion: z.string(),
    recordedAt: z.string(),
  }),
  hash: z.string(),
});
