import { z } from 'zod';
import type { Access } from '../../session/port.ts';
import { needs, operation } from '../routes/operation.ts';
import type { App } from '../typed-app.ts';
import { checkSeats, entryOf } from './entry.ts';
import type { EntryDeps } from './entry.ts';
import { checkHandshake, upgradeRequired } from './handshake.ts';
import { serveSocket } from './web-socket.ts';
import type { ConnectionDeps } from './web-socket.ts';

type Place = {
  readonly url: string;
  readonly tag: string;
  readonly summary: string;
  readonly protocol: string;
};
type Deps<Allowed extends Access> = EntryDeps<Allowed> & Omit<ConnectionDeps<Allowed>, 'entry'>;

/** An address where sockets are opened, each with a session of its own. */
export const socketRoute = <Allowed extends Access>(app: App, place: Place, deps: Deps<Allowed>): void => {
  const { response, ...description } = operation(place.tag, place.summary, z.never());
  const { '4xx': refusals, '5xx': failures } = response;
  app.route({
    method: 'GET',
    url: place.url,
    exposeHeadRoute: false,
    ...needs(deps.permission),
    schema: {
      ...description,
      response: { 101: z.never().meta({ description: place.protocol }), '4xx': refusals, '5xx': failures },
    },
    preHandler: (request, _reply, done) => {
      checkHandshake(request);
      checkSeats(request, deps);
      done();
    },
    handler: () => {
      throw upgradeRequired('this address takes WebSocket handshakes');
    },
    wsHandler: (socket, request) => {
      const seat = deps.seats.seat();
      socket.once('close', seat.leave);
      serveSocket(socket, request.raw.socket, { ...deps, entry: entryOf(request, seat, deps) });
    },
  });
};
