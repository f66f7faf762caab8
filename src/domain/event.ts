import { z } from 'zod';

/** Who caused an event. `source` is the edge it came through (`http`, `reactor`, `cli`), never an address. */
export const actor = z.strictObject({
  kind: z.enum(['anonymous', 'user', 'service', 'system']),
  id: z.string().min(1).max(200),
  source: z.string().min(1).max(80),
});
export type Actor = Readonly<z.infer<typeof actor>>;

/** What one append knows about itself; every event of the append carries it. */
export type AppendMetadata = {
  readonly commandId: string;
  readonly correlationId: string;
  /** The command id for a command from outside, the causing event's id for a reactor's command. */
  readonly causationId: string;
  readonly actor: Actor;
  /** Who may see and steer what this append created; only on appends that start or create something. */
  readonly owner?: string;
  /** Fingerprint of the request body, present where the caller sent an Idempotency-Key. */
  readonly bodyHash?: string;
};

/** An event as the domain speaks of it: a business fact, without a version (`metadata.schemaVersion` has it). */
export type DomainEvent = { readonly type: string; readonly data: object };
