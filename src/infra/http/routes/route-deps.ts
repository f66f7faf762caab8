import type { FastifyReply, FastifyRequest } from 'fastify';
import type { CallContext } from '../../../commands/context.ts';
import type { Done, Result } from '../../../commands/result.ts';
import type { CursorCodec } from '../cursor.ts';
import type { Handlers } from '../handlers.ts';
import { problem, problemOfRefusal } from '../problem-details.ts';

/** What route files are given. */
export type RouteDeps = {
  readonly handlers: Handlers;
  readonly cursor: CursorCodec;
  readonly contextOf: (request: FastifyRequest) => CallContext;
  /** Aborts when the server begins to shut down: whoever waits answers with what there is. */
  readonly drain: AbortSignal;
};

/** @throws Problem for a refusal. */
export const doneOf = <Value>(result: Result<Value, string>): Done<Value> => {
  if (result.kind !== 'done') throw problemOfRefusal(result);
  return result;
};

/** The body that every command's answer starts with, and the header that marks a repeated one. */
export const successOf = (deps: RouteDeps, reply: FastifyReply, done: Done<unknown>, message: string) => {
  if (done.replayed) reply.header('idempotency-replayed', 'true');
  return { status: 'SUCCESS' as const, message, position: deps.cursor.encode(done.position) };
};

/**
 * Queries here read the log itself, which is never behind: a cursor of this log needs no waiting.
 * @throws Problem for a cursor that is none, or is another log's.
 */
export const checkMinPosition = (cursor: CursorCodec, minPosition: string | undefined): void => {
  if (minPosition === undefined) return;
  const { kind } = cursor.decode(minPosition);
  if (kind === 'malformed') throw problem('bad_cursor', 'minPosition is not a position of this service');
  if (kind === 'foreign') throw problem('resync', 'minPosition is from another log: start over without it');
};
