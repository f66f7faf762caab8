import { vi } from 'vitest';
import { serverFrame } from '../../src/infra/http/worker-stream/frames.ts';
import type { ServerFrame } from '../../src/infra/http/worker-stream/frames.ts';
import { frameSocket } from './frame-socket.ts';
import type { SocketOptions } from './frame-socket.ts';
import { streamUrl } from './worker-answers.ts';

const WAIT = { timeout: 15_000, interval: 2 };

/** A worker's WebSocket that keeps every frame; each must be of the documented form. */
export const workerClient = async (port: number, options: SocketOptions = {}) => {
  const endpoint = { url: streamUrl(port), protocol: 'skald.worker.v1', schema: serverFrame };
  const client = await frameSocket(endpoint, options);
  const { frames, send } = client;
  const ofType = <Type extends ServerFrame['type']>(type: Type) =>
    frames.filter((frame): frame is Extract<ServerFrame, { type: Type }> => frame.type === type);
  const tasks = () => ofType('tasks').flatMap((frame) => frame.tasks);
  return {
    ...{ ...client, ofType, tasks },
    /** Resolves with the frames of a type once there are so many. */
    until: <Type extends ServerFrame['type']>(type: Type, count = 1) =>
      vi.waitFor(() => {
        const found = ofType(type);
        if (found.length < count) throw new Error(`no ${type} among ${frames.map((one) => one.type).join()}`);
        return found;
      }, WAIT),
    untilTasks: (count: number) =>
      vi.waitFor(() => {
        if (tasks().length < count) throw new Error(`${tasks().length} of ${count} tasks`);
        return tasks();
      }, WAIT),
    hello: (service: string, credit: number, more: object = {}): void =>
      send({ type: 'hello', service, credit, ...more }),
  };
};
