import type { FastifyReply, FastifyRequest } from 'fastify';
import type { CallContext } from '../../../commands/context.ts';
import type { Done, Result } from '../../../commands/result.ts';
import type { AsOf } from '../../../queries/as-of/as-of.ts';
import type { Queries } from '../../../queries/queries.ts';
import type { Position } from '../../event-store/port.ts';
import type { CursorCodec } from '../cursor.ts';
import type { Handlers } from '../handlers.ts';
import { problem } from '../problem-details.ts';
import { problemOfRefusal } from '../problem-of-refusal.ts';

/** What routes are given that may be asked about the past. */
export type AsOfDeps = {
  readonly asOf: AsOf;
  readonly cursor: CursorCodec;
  /** Where the log ends. */
  readonly queries: Pick<Queries, 'isBeyondEnd' | 'lastPosition'>;
  /** Aborts when the server begins to shut down: whoever waits answers with what there is. */
  readonly drain: AbortSignal;
};

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
 * For queries that read the log itself. It holds every position that was handed out: one beyond its end is of a tail it
 * has lost, and waiting would not bring that back.
 * @throws Problem for a cursor that is none, is another log's, or is beyond the end.
 */
export const checkMinPosition = async (
  { cursor, queries }: Pick<AsOfDeps, 'cursor' | 'queries'>,
  minPosition: string | undefined,
): Promise<void> => {
  if (minPosition === undefined || !(await queries.isBeyondEnd(positionOf(cursor, minPosition)))) return;
  const members = { position: cursor.encode(await queries.lastPosition()) };
  throw problem('behind', 'the log does not go up to minPosition', { members });
};

/**
 * The position that an answer from the log itself reflects at least: asked for before that is read.
 * @throws Problem as `checkMinPosition`
 */
export const reflected = async (
  deps: Pick<AsOfDeps, 'cursor' | 'queries'>,
  minPosition: string | undefined,
): Promise<{ readonly position: string }> => {
  await checkMinPosition(deps, minPosition);
  return { position: deps.cursor.encode(await deps.queries.lastPosition()) };
};

/** The position a caller's cursor stands for. @throws Problem for one that is none, or is another log's. */
export const positionOf = (cursor: CursorCodec, given: string, name = 'minPosition'): Position => {
  const decoded = cursor.decode(given);
  if (decoded.kind === 'ok') return decoded.position;
  if (decoded.kind === 'malformed') throw problem('bad_cursor', `${name} is not a position of this service`);
  throw problem(
    'resync',
    `${name} is from another log, or from before this one was restored: start over without it`,
  );
};
