import { parentPort, workerData } from 'node:worker_threads';
import { packedMove } from './messages.ts';
import type { FromThread, ProjectorThreadOptions, ToThread } from './messages.ts';
import { perform } from './perform.ts';
import type { Move, ProjectorEngine } from './port.ts';

/** Node types it as any; only `embeddedProjector` starts this thread, with this type. */
export const projectorThreadOptions = (): ProjectorThreadOptions => workerData as ProjectorThreadOptions;

/**
 * Runs an engine in this worker thread until its owner stops it. What the engine throws is not caught: it ends
 * the thread, and the owner starts another.
 */
export const serveProjector = async (
  engineWith: (onMoved: (moves: readonly Move[]) => void) => ProjectorEngine,
): Promise<void> => {
  const port = parentPort;
  if (port === null) throw new Error('this module runs in a worker thread only');
  const post = (message: FromThread): void => {
    port.postMessage(message);
  };
  const stopping = new AbortController();
  const engine = engineWith((moves) => {
    post({ kind: 'moved', moves: moves.map(packedMove) });
  });
  // Node types messages as any; only `embeddedProjector` writes to this port.
  port.on('message', (message: ToThread) => {
    if (message.kind === 'stop') stopping.abort();
    else if (message.kind === 'call') void answered(engine, message, post);
    else {
      engine.logMoved();
      post({ kind: 'log-seen' });
    }
  });
  await engine.run(stopping.signal);
  port.close();
};

const answered = async (
  engine: ProjectorEngine,
  { id, call }: Extract<ToThread, { kind: 'call' }>,
  post: (message: FromThread) => void,
): Promise<void> => {
  post({ kind: 'answer', id, answer: await perform(engine, call) });
};
