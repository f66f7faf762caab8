import type { HearingOutlet } from '../../session/port.ts';
import { outwardOutcome } from '../outward-outcome.ts';
import type { WorkerAccess } from './access.ts';
import { framed } from './frames.ts';
import type { ClientFrame } from './frames.ts';
import type { HeldTasks } from './held-tasks.ts';
import type { StreamDeps } from './stream-deps.ts';

/** A message that is answered, by whom it was sent, and its size. */
export type Call<Type extends ClientFrame['type']> = {
  readonly frame: Extract<ClientFrame, { type: Type }>;
  readonly access: WorkerAccess;
  readonly bytes: number;
};

export type Replies = {
  readonly answers: (call: Call<'answers'>) => void;
  readonly heartbeats: (call: Call<'heartbeats'>) => void;
  /** The outlet is no longer full. */
  readonly drained: () => void;
  /** True while nothing is being recorded. */
  readonly isIdle: () => boolean;
};

type Deps = StreamDeps & {
  readonly outlet: HearingOutlet;
  readonly held: HeldTasks;
  /** Called after each reply. */
  readonly onReplied: () => void;
};

/** Messages that are being recorded, in bytes: a worker that sends faster than that has to wait. */
const MOST_BYTES = 2 * 1024 * 1024;

/** Records what a worker answers and says; each message is replied to when all of it has been. */
export const createReplies = (deps: Deps): Replies => {
  const { outlet } = deps;
  const answers = answersOf(deps);
  const heartbeats = heartbeatsOf(deps);
  let calls = 0;
  let bytes = 0;
  let isListening = true;
  const listen = (): void => {
    const shouldListen = bytes < MOST_BYTES && !outlet.isFull();
    if (shouldListen === isListening) return;
    isListening = shouldListen;
    outlet.listen(shouldListen);
  };
  const count = (change: 1 | -1, size: number): void => {
    calls += change;
    bytes += change * size;
    listen();
  };
  const during = async (reply: Promise<void>, size: number, id: string | undefined): Promise<void> => {
    count(1, size);
    await reply.catch((error: unknown) => {
      outlet.send(framed({ type: 'error', ...deps.failureOf(error) }), id);
    });
    count(-1, size);
    deps.onReplied();
  };
  return {
    answers: (call) => void during(answers(call), call.bytes, call.frame.id),
    heartbeats: (call) => void during(heartbeats(call), call.bytes, call.frame.id),
    drained: listen,
    isIdle: () => calls === 0,
  };
};

const answersOf =
  ({ handlers, cursor, outlet, held }: Deps) =>
  async ({ frame: { id, answers }, access }: Call<'answers'>): Promise<void> => {
    const outcomes = await handlers.answerTasks(answers, access.context);
    for (const [index, answer] of answers.entries()) {
      if (outcomes[index]?.outcome !== 'unavailable') held.done(answer);
    }
    const outward = outcomes.map((outcome) => outwardOutcome(cursor, outcome));
    outlet.send(framed({ type: 'answered', answers: outward }), id);
  };

const heartbeatsOf =
  ({ handlers, outlet, held }: Deps) =>
  async ({ frame: { id, beats }, access }: Call<'heartbeats'>): Promise<void> => {
    const outcomes = await handlers.heartbeatTasks(beats, access.context.service);
    for (const [index, beat] of beats.entries()) {
      const leaseUntil = outcomes[index]?.leaseUntil;
      if (leaseUntil === undefined) held.done(beat);
      else held.extended(beat, leaseUntil);
    }
    outlet.send(framed({ type: 'heard', beats: outcomes }), id);
  };
