import type { FastifyRequest } from 'fastify';
import type { Admit, CloseReason, Entry, FeedAccess } from '../../feed/port.ts';
import type { Auth } from '../auth.ts';
import { callerOf } from '../caller.ts';
import type { Caller } from '../caller.ts';
import { problem } from '../problem-details.ts';
import { feedAccess } from './feed-access.ts';
import type { Seat, Seats } from './seats.ts';

export type EntryDeps = {
  readonly auth: Auth;
  readonly ownerOfRun: (flowId: string) => Promise<string | undefined>;
  readonly seats: Seats;
};

const NEEDED = 'feed:read';

/** @throws Problem for a caller who has too many sockets open already. Without authentication there is no limit. */
export const checkSeats = ({ caller }: FastifyRequest, { auth, seats }: EntryDeps): void => {
  if (auth.callerOfToken === undefined || caller === null || !seats.isFull(caller.actor.id)) return;
  throw problem('too_many_connections', 'this caller has as many feeds open as one may have', {
    headers: { 'retry-after': '30' },
  });
};

/** How an open socket begins: with what its handshake showed, or with the token it still has to send. */
export const entryOf = (request: FastifyRequest, seat: Seat, deps: EntryDeps): Entry | CloseReason => {
  const { auth, ownerOfRun } = deps;
  const { callerOfToken } = auth;
  if (callerOfToken === undefined)
    return { access: feedAccess(callerOf(request), ownerOfRun), admit: undefined };
  const admit: Admit = async (token) => {
    const caller = await callerOfToken(token);
    return caller === undefined ? 'unauthenticated' : admitted(caller, seat, deps);
  };
  if (request.caller === null) return { access: undefined, admit };
  const access = admitted(request.caller, seat, deps);
  return typeof access === 'string' ? access : { access, admit };
};

const admitted = (caller: Caller, seat: Seat, { ownerOfRun }: EntryDeps): FeedAccess | CloseReason => {
  if (caller.scopeOf(NEEDED) === undefined) return 'forbidden';
  return seat.take(caller.actor.id) ? feedAccess(caller, ownerOfRun) : 'too_many_connections';
};
