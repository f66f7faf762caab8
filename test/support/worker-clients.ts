import { onTestFinished, vi } from 'vitest';
import { WebSocket } from 'ws';
import { serverFrame } from '../../src/infra/http/worker-stream/frames.ts';
import type { ServerFrame } from '../../src/infra/http/worker-stream/frames.ts';
import { streamUrl } from './worker-answers.ts';

const WAIT = { timeout: 15_000, interval: 2 };

type Options = { readonly headers?: Record<string, string>; readonly autoPong?: boolean };

/** A worker's WebSocket that keeps every frame; each must be of the documented form. */
export const workerClient = async (port: number, options: Options = {}) => {
  const socket = new WebSocket(streamUrl(port), 'skald.worker.v1', options);
  onTestFinished(() => socket.terminate());
  const frames: ServerFrame[] = [];
  socket.on('message', (data: Buffer) => frames.push(serverFrame.parse(JSON.parse(data.toString()))));
  const closed = new Promise<{ code: number; reason: string }>((resolve) => {
    socket.on('close', (code, reason) => resolve({ code, reason: reason.toString() }));
  });
  socket.on('error', () => undefined);
  await new Promise((resolve, reject) => {
    socket.once('open', resolve);
    socket.once('error', reject);
  });
  const send = (frame: unknown): void =>
    socket.send(typeof frame === 'string' ? frame : JSON.stringify(frame));
  const ofType = <Type extends ServerFrame['type']>(type: Type) =>
    frames.filter((frame): frame is Extract<ServerFrame, { type: Type }> => frame.type === type);
  const tasks = () => ofType('tasks').flatMap((frame) => frame.tasks);
  return {
    ...{ socket, closed, send, frames, ofType, tasks },
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
