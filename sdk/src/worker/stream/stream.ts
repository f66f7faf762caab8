import { nextTick } from 'node:process';
import type { AnswerOutcome, HeartbeatOutcome } from '../../generated/shapes.ts';
import { SkaldProblem, SkaldUnreachable } from '../../http/problem.ts';
import { isPassing, pauseBefore } from '../../http/retry.ts';
import { tokenOf } from '../../http/token.ts';
import type { TokenSource } from '../../http/token.ts';
import { jittered, later, pause } from '../../system.ts';
import type { Transport, TransportDeps } from '../transport.ts';
import type { Ended } from './ended.ts';
import type { ServerFrame } from './frames.ts';
import { createRequests, problemIn } from './requests.ts';
import type { Requests } from './requests.ts';
import { connection } from './socket.ts';
import type { Socket } from './socket.ts';

export type StreamDeps = TransportDeps & { readonly base: URL; readonly token: TokenSource | undefined };

const MOST_CREDIT = 1000;
/** From hello to welcome. */
const WELCOME_MS = 10_000;

type State = {
  readonly deps: StreamDeps;
  readonly stop: AbortController;
  /** Whatever connection is open, welcomed or not. */
  socket: Socket | undefined;
  /** The connection that has been welcomed, if there is one. */
  link: { readonly socket: Socket; readonly requests: Requests } | undefined;
  /** Tasks the server may still send on this connection. */
  granted: number;
  isGranting: boolean;
  isDraining: boolean;
  onDrained: () => void;
  failures: number;
};

/** Tasks and answers over one WebSocket, made again whenever it is cut. */
export const streamTransport = (deps: StreamDeps): Transport => {
  const state: State = {
    ...{ deps, stop: new AbortController(), socket: undefined, link: undefined },
    ...{ granted: 0, isGranting: false, isDraining: false, failures: 0 },
    onDrained: () => undefined,
  };
  const drained = new Promise<void>((resolve) => (state.onDrained = resolve));
  const running = stayConnected(state);
  const ask = <Answer>(frame: (id: string) => Parameters<Socket['send']>[0]): Promise<Answer> => {
    const { link } = state;
    if (link === undefined) return Promise.reject(new SkaldUnreachable('there is no connection now'));
    return link.requests.ask<Answer>((id) => link.socket.send(frame(id)));
  };
  return {
    answer: (answers) => ask<readonly AnswerOutcome[]>((id) => ({ type: 'answers', id, answers })),
    beat: (beats) => ask<readonly HeartbeatOutcome[]>((id) => ({ type: 'heartbeats', id, beats })),
    room: () => grant(state),
    drain: () => {
      state.isDraining = true;
      if (state.link === undefined && deps.held() === 0) hangUp(state);
      else state.link?.socket.send({ type: 'drain' });
      return Promise.race([drained, running]);
    },
    close: () => {
      hangUp(state);
      return running;
    },
  };
};

const hangUp = ({ stop, socket }: State): void => {
  stop.abort();
  socket?.close();
};

/**
 * What became free in one turn is granted in one frame, and only when it is as much as the server may still send: a
 * frame for each task would be one more for the server to read.
 */
const grant = (state: State): void => {
  if (state.isGranting) return;
  state.isGranting = true;
  nextTick(() => {
    state.isGranting = false;
    const credit = Math.min(MOST_CREDIT, state.deps.free()) - state.granted;
    if (credit <= 0 || credit < state.granted || state.isDraining || state.link === undefined) return;
    state.granted += credit;
    state.link.socket.send({ type: 'credit', credit });
  });
};

const stayConnected = async (state: State): Promise<void> => {
  const { deps, stop } = state;
  while (!isOver(state)) {
    const ended = await connectOnce(state);
    if (isOver(state)) return;
    const error = errorOf(ended);
    if (isFinal(ended, deps.token, state.failures)) {
      deps.onFatal(error);
      return;
    }
    deps.onTrouble(error);
    await pause(pauseBefore(error, jittered(state.failures, deps.backoff)), stop.signal).catch(
      () => undefined,
    );
    state.failures += 1;
  }
};

const isOver = ({ stop, isDraining, deps }: State): boolean =>
  stop.signal.aborted || (isDraining && deps.held() === 0);

const connectOnce = async (state: State): Promise<Ended> => {
  const { deps } = state;
  const requests = createRequests();
  let own: Socket | undefined;
  let stopWaiting = (): void => undefined;
  const ended = await connection(deps.base, deps.token, {
    signal: state.stop.signal,
    onOpen: (socket) => {
      own = socket;
      state.socket = socket;
      if (state.stop.signal.aborted) return socket.close();
      const { service, steps } = deps;
      state.granted = state.isDraining ? 0 : Math.min(MOST_CREDIT, deps.free());
      socket.send({ type: 'hello', service, steps, credit: state.granted });
      stopWaiting = later(WELCOME_MS, () => socket.cut('no welcome came in time'));
    },
    onFrame: (frame) => {
      // What comes after the end is not begun: it goes to another worker.
      if (own === undefined || state.stop.signal.aborted) return;
      if (frame.type === 'welcome') stopWaiting();
      onFrame(state, { socket: own, requests }, frame);
    },
  });
  stopWaiting();
  state.socket = undefined;
  state.link = undefined;
  requests.abandon();
  return ended;
};

const onFrame = (state: State, link: NonNullable<State['link']>, frame: ServerFrame): void => {
  const { deps } = state;
  switch (frame.type) {
    case 'welcome':
      state.link = link;
      state.failures = 0;
      if (state.isDraining) link.socket.send({ type: 'drain' });
      grant(state);
      return deps.onConnected(frame.leaseMs);
    case 'tasks':
      state.granted = Math.max(0, state.granted - frame.tasks.length);
      grant(state);
      return deps.take(frame.tasks);
    case 'answered':
      return link.requests.settle(frame.id, frame.answers);
    case 'heard':
      return link.requests.settle(frame.id, frame.beats);
    case 'error':
      if (!link.requests.refuse(frame.id, frame)) onRefusal(state, problemIn(frame));
      return;
    case 'reauth':
      return renew(deps, link.socket);
    case 'drained':
      return state.onDrained();
    case 'draining':
      // No more tasks come here. The connection stays for answers until the server closes it.
      return;
  }
};

const onRefusal = ({ link, deps }: State, problem: SkaldProblem): void => {
  // Who is not welcome gets no tasks, however long it waits.
  if (link === undefined && !isPassing(problem, 'work')) deps.onFatal(problem);
  else deps.onTrouble(problem);
};

const renew = ({ token, onTrouble }: StreamDeps, socket: Socket): void => {
  if (token === undefined) return;
  tokenOf(token).then((fresh) => socket.send({ type: 'auth', token: fresh }), onTrouble);
};

const errorOf = (ended: Ended): SkaldProblem | SkaldUnreachable => {
  if (ended.kind !== 'closed') return ended.error;
  const { code, reason } = ended;
  if (code < 4000) return new SkaldUnreachable(`the connection was closed: ${code} ${reason}`);
  return new SkaldProblem(code - 4000, {
    code: reason,
    detail: `the server closed the connection: ${reason}`,
  });
};

const MOST_REFUSALS = 3;

/** Whether to connect again would be refused again. */
const isFinal = (ended: Ended, token: TokenSource | undefined, failures: number): boolean => {
  const error = errorOf(ended);
  if (!(error instanceof SkaldProblem) || isPassing(error, 'work')) return false;
  // A token may have ended, and a new one be had.
  return error.status !== 401 || typeof token !== 'function' || failures >= MOST_REFUSALS;
};
