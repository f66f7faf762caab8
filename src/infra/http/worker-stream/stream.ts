import type { CloseReason, Outlet } from '../../session/port.ts';
import type { WorkerAccess } from './access.ts';
import type { Ear } from './ear.ts';
import { framed } from './frames.ts';
import type { ClientFrame, Hello } from './frames.ts';
import { heldTasks } from './held-tasks.ts';
import { createReplies } from './replies.ts';
import type { Replies } from './replies.ts';
import type { StreamDeps } from './stream-deps.ts';
import { createSupply } from './supply.ts';
import type { Supply } from './supply.ts';

export type Stream = {
  readonly service: string;
  readonly handle: (frame: StreamFrame, access: WorkerAccess, bytes: number) => void;
  readonly drained: () => void;
  readonly leave: () => void;
  readonly end: (why?: CloseReason) => void;
};

export type StreamFrame = Exclude<ClientFrame, { type: 'auth' | 'hello' }>;

/** From telling the worker that the server goes away to closing: time to answer what is as good as done. */
const LEAVE_MS = 2000;

/** The work of one connection, from its hello on. */
export const openStream = (deps: StreamDeps, outlet: Outlet, ear: Ear, hello: Hello): Stream => {
  const { handlers, clock, failureOf } = deps;
  const held = heldTasks(clock);
  const parting = createParting(deps, outlet, {
    isDone: () => replies.isIdle() && held.firstEnd() === undefined,
    nextLookAt: held.firstEnd,
  });
  const replies = createReplies({ ...deps, outlet, ear, held, onReplied: parting.look });
  outlet.send(framed({ type: 'welcome', leaseMs: handlers.leaseMs, service: hello.service }));
  const supply = createSupply({ ...deps, outlet, held }, hello);
  return {
    service: hello.service,
    handle: handlerOf(supply, replies, parting.drain),
    drained: supply.drained,
    leave: () => {
      supply.stop();
      parting.leave();
    },
    end: (why) => {
      supply.stop();
      parting.stop();
      // Where the server goes away, its workers do not: they come back and go on with what they hold.
      if (why !== 'draining') handlers.abandonTasks(held.list()).catch(failureOf);
    },
  };
};

const handlerOf =
  (supply: Supply, replies: Replies, drain: () => void): Stream['handle'] =>
  (frame, access, bytes) => {
    switch (frame.type) {
      case 'credit':
        return supply.grant(frame.credit);
      case 'answers':
        return replies.answers({ frame, access, bytes });
      case 'heartbeats':
        return replies.heartbeats({ frame, access, bytes });
      case 'drain':
        supply.stop();
        return drain();
    }
  };

type Watched = {
  /** Nothing is held by the worker and nothing of it is being recorded. */
  readonly isDone: () => boolean;
  /** When that may come true by itself, in milliseconds since the epoch. */
  readonly nextLookAt: () => number | undefined;
};

/** Tells a worker that drains when it holds nothing any more, and closes for a server that goes away. */
const createParting = ({ clock }: Pick<StreamDeps, 'clock'>, outlet: Outlet, watched: Watched) => {
  let isDraining = false;
  let isLeaving = false;
  let cancelLook = (): void => undefined;
  let cancelLeave = (): void => undefined;
  const look = (): void => {
    if ((!isDraining && !isLeaving) || !watched.isDone()) return;
    if (isDraining) outlet.send(framed({ type: 'drained' }));
    isDraining = false;
    if (isLeaving) outlet.close('draining');
  };
  const lookAgain = (): void => {
    look();
    const at = watched.nextLookAt();
    cancelLook();
    if (isDraining && at !== undefined) cancelLook = clock.schedule(at - clock.now(), lookAgain);
  };
  return {
    look,
    drain: (): void => {
      isDraining = true;
      lookAgain();
    },
    leave: (): void => {
      isLeaving = true;
      outlet.send(framed({ type: 'draining' }));
      cancelLeave = clock.schedule(LEAVE_MS, () => outlet.close('draining'));
      look();
    },
    stop: (): void => {
      cancelLook();
      cancelLeave();
    },
  };
};
