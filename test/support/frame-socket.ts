import { onTestFinished } from 'vitest';
import { WebSocket } from 'ws';
import type { z } from 'zod';

export type SocketOptions = { readonly headers?: Record<string, string>; readonly autoPong?: boolean };
type Endpoint<Frame> = { readonly url: string; readonly protocol: string; readonly schema: z.ZodType<Frame> };

/** A WebSocket client that keeps every frame; each must be of the documented form. */
export const frameSocket = async <Frame>(
  { url, protocol, schema }: Endpoint<Frame>,
  options: SocketOptions,
) => {
  const socket = new WebSocket(url, protocol, options);
  onTestFinished(() => socket.terminate());
  const frames: Frame[] = [];
  socket.on('message', (data: Buffer) => frames.push(schema.parse(JSON.parse(data.toString()))));
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
  return { socket, closed, send, frames };
};
