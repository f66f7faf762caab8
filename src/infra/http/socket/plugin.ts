import webSocket from '@fastify/websocket';
import type { App } from '../typed-app.ts';
import { subProtocolOf } from './handshake.ts';

const CUT_MS = 5000;

/**
 * What a client may send at most, whatever it speaks; every limit below the library's own. A message of 1 MiB may come
 * in thousands of packets.
 */
const LIMITS = { maxPayload: 1024 * 1024, maxFragments: 64, maxBufferedChunks: 4096 };

/** Lets routes of `app` upgrade to WebSocket. Closing is the connections' own business: they know why. */
export const takeWebSockets = async (
  app: App,
  schedule: (delayMs: number, task: () => void) => () => void,
): Promise<void> => {
  await app.register(webSocket, {
    options: {
      ...LIMITS,
      perMessageDeflate: false,
      clientTracking: false,
      // The handshake was checked: it offers this one.
      handleProtocols: (_offered, request) => subProtocolOf(request) ?? false,
    },
    errorHandler: (error, socket, request) => {
      // The library has sent its close frame; the message may hold what the client sent.
      request.log.debug({ requestId: request.id, code: 'code' in error ? error.code : error.name }, 'socket');
      const stop = schedule(CUT_MS, () => socket.terminate());
      socket.once('close', stop);
    },
    preClose: (done) => done(),
  });
};
