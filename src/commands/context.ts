import type { Actor } from '../domain/event.ts';

/** What the edge knows about a call, whatever the command. */
export type CallContext = {
  readonly actor: Actor;
  /** Idempotency-Key header, 1 to 255 characters. */
  readonly idempotencyKey?: string;
  /** Carried into every event the call causes; the command id where the caller gave none. */
  readonly correlationId?: string;
};
