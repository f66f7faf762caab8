import type { Frame, Outlet } from '../../session/port.ts';
import { outwardOutcome } from '../outward-outcome.ts';
import type { WorkerAccess } from './access.ts';
import type { Ear } from './ear.ts';
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
  /** True while nothing is being recorded. */
  readonly isIdle: () => boolean;
};

type Deps = StreamDeps & {
  readonly outlet: Pick<Outlet, 'send'>;
  readonly ear: Ear;
  readonly held: HeldTasks;
  /** Called after each reply. */
  readonly onReplied: () => void;
};

/** Records what a worker answers and says; each message is replied to when all of it has been. */
export const createReplies = (deps: Deps): Replies => {
  const { outlet, ear } = deps;
  const answers = answersOf(deps);
  const heartbeats = heartbeatsOf(deps);
  let calls = 0;
  const count = (change: 1 | -1, size: number): void => {
    calls += change;
    ear.count(change * size);
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
      const { outcome, leaseUntil } = outcomes[index] ?? {};
      if (leaseUntil !== undefined) held.extended(beat, leaseUntil);
      else if (outcome !== 'unavailable') held.done(beat);
    });
    return framed({ type: 'heard', beats: outcomes });
  };
