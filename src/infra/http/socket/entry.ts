import type { FastifyRequest } from 'fastify';
import type { Access, Admit, CloseReason, Entry } from '../../session/port.ts';
import type { Auth } from '../auth.ts';
import { callerOf } from '../caller.ts';
import type { Caller } from '../caller.ts';
import type { Permission } from '../permissions.ts';
import { problem } from '../problem-details.ts';
import type { Seat, Seats } from './seats.ts';

export type EntryDeps<Allowed extends Access> = {
  readonly auth: Auth;
  readonly seats: Seats;
  readonly permission: Permission;
  /** What a caller who has the permission may do on the connection. */
  readonly accessOf: (caller: Caller) => Allowed;
};

type SeatDeps = Pick<EntryDeps<Access>, 'auth' | 'seats'>;

/** @throws Problem for a caller who has too many sockets open already. Without authentication there is no limit. */
export const checkSeats = ({ caller }: FastifyRequest, { auth, seats }: SeatDeps): void => {
  if (auth.callerOfToken === undefined || caller === null || !seats.isFull(caller.actor.id)) return;
  throw problem('too_many_connections', 'this caller has as many connections open here as one may have', {
    headers: { 'retry-after': '30' },
  });
};

/** How an open socket begins: with what its handshake showed, or with the token it still has to send. */
export const entryOf = <Allowed extends Access>(
  request: FastifyRequest,
  seat: Seat,
  deps: EntryDeps<Allowed>,
): Entry<Allowed> | CloseReason => {
  const { callerOfToken } = deps.auth;
  if (callerOfToken === undefined) return { access: deps.accessOf(callerOf(request)), admit: undefined };
  const admit: Admit<Allowed> = async (token) => {
    const caller = await callerOfToken(token);
    const answer = caller === undefined ? 'unauthenticated' : admitted(caller, seat, deps);
    if (typeof answer === 'string') noteRefusal(request, answer, caller);
    return answer;
  };
  if (request.caller === null) return { access: undefined, admit };
  const access = admitted(request.caller, seat, deps);
  return typeof access === 'string' ? access : { access, admit };
};

/** What a handshake is refused for stands in the log; so does what the token of a frame is. */
const noteRefusal = (request: FastifyRequest, code: CloseReason, caller: Caller | undefined): void => {
  const { method, url: route } = request.routeOptions;
  request.log.info({ requestId: request.id, method, route, code, by: caller?.actor.id }, 'not served');
};

const admitted = <Allowed extends Access>(
  caller: Caller,
  seat: Seat,
  { permission, accessOf }: EntryDeps<Allowed>,
): Allowed | CloseReason => {
  if (caller.scopeOf(permission) === undefined) return 'forbidden';
  return seat.take(caller.actor.id) ? accessOf(caller) : 'too_many_connections';
};
