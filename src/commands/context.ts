import type { Actor, AppendMetadata } from '../domain/event.ts';
import type { Ids } from '../infra/clock/port.ts';
import { commandIdOf } from './deterministic-ids.ts';

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

/** The same call may come again, and be known as such: by its key, or by what brought it. */
export const isRepeatable = ({ idempotencyKey, commandId }: CallContext): boolean =>
  idempotencyKey !== undefined || commandId !== undefined;

/** The same key by the same actor for the same thing, or the same command, is the same call; any other is a new one. */
export const callIdOf = (
  ids: Ids,
  { actor, idempotencyKey, commandId }: CallContext,
  ...what: readonly string[]
): string =>
  idempotencyKey === undefined ? (commandId ?? ids.next()) : commandIdOf(actor.id, ...what, idempotencyKey);

/** What is said of the append of a call that may create something: its caller owns that. */
export const creatingMetadata = (
  commandId: string,
  { actor, correlationId = commandId }: CallContext,
  bodyHash?: string,
): AppendMetadata => ({
  ...{ commandId, causationId: commandId, correlationId, actor, owner: actor.id },
  ...(bodyHash === undefined ? {} : { bodyHash }),
});
