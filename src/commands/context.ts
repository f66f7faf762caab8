import type { Actor } from '../domain/event.ts';

/** What the edge knows about a call, whatever the command. */
export type CallContext = {
  readonly actor: Actor;
  /** Where the caller may act as this service only. */
  readonly service?: string;
  /** Idempotency-Key header, 1 to 255 characters. */
  readonly idempotencyKey?: string;
  /** Of what brought the call, where that has an identity of its own: the same again changes nothing. */
  readonly commandId?: string;
  /** Carried into every event the call causes; the command id where the caller gave none. */
  readonly correlationId?: string;
  /** When the call was asked for, by the clock of this process: with it, all that it waits for has one limit. */
  readonly askedAt?: number;
};
