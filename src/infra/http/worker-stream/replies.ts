import type { Frame, HearingOutlet } from '../../session/port.ts';
import { outwardOutcome } from '../outward-outcome.ts';
import type { WorkerAccess } from './access.ts';
import { answered, framed } from './frames.ts';
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
  const reply = async (id: string | undefined, size: number, recorded: Promise<Frame>): Promise<void> => {
    count(1, size);
    try {
      outlet.send(await recorded, id);
    } catch (error) {
      outlet.send(framed({ type: 'error', ...deps.failureOf(error) }), id);
    }
    count(-1, size);
    deps.onReplied();
  };
  return {
    answers: (call) => void reply(call.frame.id, call.bytes, answers(call)),
    heartbeats: (call) => void reply(call.frame.id, call.bytes, heartbeats(call)),
    drained: listen,
    isIdle: () => calls === 0,
  };
};

const answersOf =
  ({ handlers, cursor, held }: Deps) =>
  async ({ frame: { answers }, access }: Call<'answers'>): Promise<Frame> => {
    const outcomes = await handlers.answerTasks(answers, access.context);
    answers.forEach((answer, index) => {
      if (outcomes[index]?.outcome !== 'unavailable') held.done(answer);
    });
    return answered(outcomes.map((outcome) => outwardOutcome(cursor, outcome)));
  };

const heartbeatsOf =
  ({ handlers, held }: Deps) =>
  async ({ frame: { beats }, access }: Call<'heartbeats'>): Promise<Frame> => {
    const outcomes = await handlers.heartbeatTasks(beats, access.context.service);
    beats.forEach((beat, index) => {
      const leaseUntil = outcomes[index]?.leaseUntil;
      if (leaseUntil === undefined) held.done(beat);
      else held.extended(beat, leaseUntil);
    });
    return framed({ type: 'heard', beats: outcomes });
  };
