// A server of skald.worker.v1 that does what each test says.
import { once } from 'node:events';
import { createServer } from 'node:http';
import { onTestFinished } from 'vitest';
import type { WebSocket } from 'ws';
import { WebSocketServer } from 'ws';
import type { WorkerOptions } from '../../sdk/src/worker/options.ts';
import { worker } from '../../sdk/src/worker/worker.ts';

type Frame = { readonly type: string } & Readonly<Record<string, unknown>>;

/** Frames as they come, to be taken one after the other. */
const inbox = (socket: WebSocket) => {
  const frames: Frame[] = [];
  let wake = (): void => undefined;
  socket.on('message', (data: Buffer) => {
    frames.push(JSON.parse(data.toString()) as Frame);
    wake();
  });
  const any = async (): Promise<Frame> => {
    for (;;) {
      const frame = frames.shift();
      if (frame !== undefined) return frame;
      await new Promise<void>((resolve) => void (wake = resolve));
    }
  };
  /** The next frame of the type; those before it are passed over. */
  const next = async (type: string): Promise<Frame> => {
    for (;;) {
      const frame = await any();
      if (frame.type === type) return frame;
    }
  };
  return { next, any, send: (frame: Frame) => socket.send(JSON.stringify(frame)), socket };
};
export type Line = ReturnType<typeof inbox> & { readonly authorization: string | undefined };

/** Accepts every registration, and streams; `refuse` answers handshakes with a status instead. */
export const streamServer = async () => {
  const lines: Line[] = [];
  let wake = (): void => undefined;
  let refusal: string | undefined;
  const registered = { status: 'SUCCESS', message: '', position: 'p', registeredSteps: [], failedSteps: [] };
  const server = createServer((_request, response) => {
    response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(registered));
  }).listen(0, '127.0.0.1');
  const sockets = new WebSocketServer({ noServer: true });
  server.on('upgrade', (request, line, head) => {
    if (refusal !== undefined) {
      const body = JSON.stringify({ code: 'forbidden', detail: 'not you' });
      line.end(`HTTP/1.1 ${refusal}\r\ncontent-length: ${body.length}\r\n\r\n${body}`);
      return;
    }
    sockets.handleUpgrade(request, line, head, (socket) => {
      lines.push({ ...inbox(socket), authorization: request.headers.authorization });
      wake();
    });
  });
  await once(server, 'listening');
  onTestFinished(() => {
    for (const { socket } of lines) socket.terminate();
    server.close();
  });
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('no port');
  return {
    url: `http://127.0.0.1:${address.port}`,
    refuse: (status: number, ...headers: readonly string[]) =>
      void (refusal = [`${status} No`, ...headers].join('\r\n')),
    line: async (): Promise<Line> => {
      for (;;) {
        const line = lines.shift();
        if (line !== undefined) return line;
        await new Promise<void>((resolve) => void (wake = resolve));
      }
    },
  };
};

export const task = (stepName: string, attempt = 1) => ({
  ...{ flowId: 'f-1', orchName: 'tenant', stepName, action: 'DO', attempt, effectId: 'e-1' },
  ...{ payload: '', results: {}, deadline: '2030-01-01T00:00:00Z', leaseUntil: '2030-01-01T00:00:00Z' },
});
export const accepted = { flowId: 'f-1', stepName: 'work', outcome: 'accepted' };
export const welcome = { type: 'welcome', leaseMs: 30_000, service: 's' };

/** A worker of the step `work`, and what it was told of. */
export const startWorker = async (url: string, options: Partial<WorkerOptions>) => {
  const troubles: unknown[] = [];
  const running = await worker({
    ...{ service: 's', url, orchestrations: 'tenant', steps: { work: { do: () => 'done' } } },
    ...{ reconnect: { leastMs: 1, mostMs: 10 }, onTrouble: (error: unknown) => void troubles.push(error) },
    ...options,
  });
  onTestFinished(() => running.stop({ timeoutMs: 0 }));
  return { running, troubles };
};
