import type { FastifyReply, FastifyRequest } from 'fastify';
import type { CallContext } from '../../../commands/context.ts';
import type { Done, Result } from '../../../commands/result.ts';
import type { Position } from '../../event-store/port.ts';
import type { CursorCodec } from '../cursor.ts';
import type { Handlers } from '../handlers.ts';
import { problem, problemOfRefusal } from '../problem-details.ts';
import type { AsOfDeps } from './as-of-deps.ts';

/** What route files are given. */
export type RouteDeps = AsOfDeps & {
  readonly handlers: Handlers;
  readonly contextOf: (request: FastifyRequest) => CallContext;
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
  if (minPosition !== undefined) positionOf(cursor, minPosition);
};

/** The position a caller's cursor stands for. @throws Problem for one that is none, or is another log's. */
export const positionOf = (cursor: CursorCodec, given: string, name = 'minPosition'): Position => {
  const decoded = cursor.decode(given);
  if (decoded.kind === 'ok') return decoded.position;
  if (decoded.kind === 'malformed') throw problem('bad_cursor', `${name} is not a position of this service`);
  throw problem('resync', `${name} is from another log: start over without it`);
};
