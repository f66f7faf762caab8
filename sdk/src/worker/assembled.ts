import type { Client } from '../client.ts';
import { elapsed } from '../system.ts';
import { createDesk } from './desk.ts';
import type { Desk } from './desk.ts';
import { createHeart } from './heart.ts';
import type { Settings, WorkerOptions } from './options.ts';
import { createOutbox } from './outbox.ts';
import { pollTransport } from './poll.ts';
import { streamTransport } from './stream/stream.ts';
import type { Transport, TransportDeps } from './transport.ts';

export type Parts = {
  readonly desk: Desk;
  readonly heart: ReturnType<typeof createHeart>;
  readonly transport: Transport;
  /** Gives up the answers that have not arrived. */
  readonly giveUp: AbortController;
  onFatal: (error: unknown) => void;
  onStopped: () => void;
};

const DEFAULT_LEASE_MS = 30_000;

/** As many as there is room for: whatever is sent, no more is worked on at once. */
const takingAtMost =
  (desk: Desk, onTrouble: (error: unknown) => void): Desk['take'] =>
  (tasks) => {
    const room = desk.free();
    const count = tasks.length - room;
    desk.take(tasks.slice(0, room));
    if (count > 0)
      onTrouble(new Error(`${count} tasks more than there is room for came: their leases will lapse`));
  };

/** A worker at work: tasks come over the transport to the desk, answers go through the outbox back to it. */
export const assembled = (options: WorkerOptions, settings: Settings, skald: Client): Parts => {
  const giveUp = new AbortController();
  let leaseMs = DEFAULT_LEASE_MS;
  const post = createOutbox({
    send: (answers) => transport.answer(answers),
    onTrouble: settings.onTrouble,
    signal: giveUp.signal,
  });
  const desk = createDesk({
    steps: options.steps,
    concurrency: settings.concurrency,
    answer: post,
    leaseEnds: () => elapsed() + leaseMs,
    onFree: () => transport.room(),
    onProgress: () => heart.onProgress(),
  });
  const heart = createHeart({
    held: () => desk.held,
    beat: (beats) => transport.beat(beats),
    leaseMs: () => leaseMs,
    everyMs: options.heartbeatMs,
  });
  const transport = transportOf(options, settings, skald, {
    ...{ service: options.service, steps: Object.keys(options.steps) },
    ...{ onTrouble: settings.onTrouble, backoff: settings.backoff },
    ...{ free: desk.free, held: () => desk.held.size },
    take: takingAtMost(desk, settings.onTrouble),
    onConnected: (ms) => {
      leaseMs = ms;
      heart.beatAll();
    },
    onFatal: (error) => parts.onFatal(error),
  });
  const parts: Parts = {
    ...{ desk, heart, transport, giveUp },
    onFatal: settings.onTrouble,
    onStopped: () => undefined,
  };
  return parts;
};

const transportOf = (
  { transport = 'stream' }: WorkerOptions,
  { base, token }: Settings,
  skald: Client,
  deps: TransportDeps,
): Transport =>
  transport === 'poll' ? pollTransport(skald, deps) : streamTransport({ ...deps, base, token });
