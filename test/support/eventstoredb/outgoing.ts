import type { ServerWritableStream } from '@grpc/grpc-js';
import type * as Streams from '@eventstore/db-client/generated/streams_pb.js';
import type { CallError } from './wire.ts';

export type ReadCall = ServerWritableStream<Streams.ReadReq, Streams.ReadResp>;
export type Outgoing = ReturnType<typeof outgoing>;

export const wait = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

/** The answering side of a read: messages go out no faster than the client takes them. `onEvent`: one is sent. */
export const outgoing = (call: ReadCall, onEvent: () => void) => {
  let isOver = false;
  // A wake between looking for work and pausing must not be lost.
  let isRung = false;
  const waiting = new Set<() => void>();
  const wake = () => {
    isRung = true;
    waiting.forEach((resolve) => resolve());
    waiting.clear();
  };
  const isOpen = () => !isOver;
  const close = () => {
    isOver = true;
    wake();
  };
  call.on('cancelled', close).on('close', close).on('drain', wake);
  call.on('error', () => undefined);
  const pause = (): Promise<void> =>
    new Promise((resolve) => {
      if (isOver || isRung) resolve();
      else waiting.add(resolve);
      isRung = false;
    });
  return {
    isOpen,
    /** Resolves at the next `wake`, and when the call is over. */
    pause,
    wake,
    send: async (message: Streams.ReadResp): Promise<void> => {
      if (isOpen() && message.hasEvent()) onEvent();
      if (!isOpen() || call.write(message)) return;
      while (call.writableNeedDrain && isOpen()) await pause();
    },
    end: (): void => {
      if (!isOver) call.end();
      close();
    },
    fail: (error: CallError): void => {
      if (!isOver) call.emit('error', error);
      close();
    },
  };
};
