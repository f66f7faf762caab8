import type { Auth } from '../auth.ts';
import { answerTo } from '../error-handler.ts';
import { WORK, workerAccess } from '../worker-stream/access.ts';
import type { WorkerAccess } from '../worker-stream/access.ts';
import { openWorkerSession } from '../worker-stream/session.ts';
import type { StreamDeps } from '../worker-stream/stream-deps.ts';
import { WORKERS_PATH } from '../socket/handshake.ts';
import { createSeats } from '../socket/seats.ts';
import { socketRoute } from '../socket/socket-route.ts';
import type { App } from '../typed-app.ts';

type Deps = Omit<StreamDeps, 'failureOf'> & { readonly auth: Auth; readonly drain: AbortSignal };

/** Connections of one service: each of its processes has one. */
const MOST_STREAMS = 100;

const STREAM = {
  url: WORKERS_PATH,
  tag: 'tasks',
  summary: 'Take tasks and answer them over WebSocket',
  protocol: 'The protocol is skald.worker.v1: see docs/workers.md.',
};

export const workerStreamRoute = (app: App, deps: Deps): void => {
  const failureOf: StreamDeps['failureOf'] = (error) => {
    const { problem, isOurs } = answerTo(error);
    if (isOurs) app.log.error({ err: error }, 'the stream of a worker failed');
    return { code: problem.code, detail: problem.message };
  };
  socketRoute<WorkerAccess>(app, STREAM, {
    ...deps,
    permission: WORK,
    seats: createSeats(MOST_STREAMS),
    accessOf: workerAccess,
    connect: (outlet, entry) => openWorkerSession({ ...deps, failureOf }, outlet, entry),
  });
};
