import { expect, vi } from 'vitest';
import type { HeldTask } from '../../src/commands/task/abandon-tasks.ts';
import type { TaskSourceInput } from '../../src/commands/task/task-source.ts';
import type { WorkerTask } from '../../src/commands/task/worker-task.ts';
import { cursorCodec } from '../../src/infra/http/cursor.ts';
import type { Handlers } from '../../src/infra/http/handlers.ts';
import type { WorkerAccess } from '../../src/infra/http/worker-stream/access.ts';
import { serverFrame } from '../../src/infra/http/worker-stream/frames.ts';
import type { ServerFrame } from '../../src/infra/http/worker-stream/frames.ts';
import { openWorkerSession } from '../../src/infra/http/worker-stream/session.ts';
import type { StreamDeps } from '../../src/infra/http/worker-stream/stream-deps.ts';
import type { CloseReason, Entry, HearingOutlet } from '../../src/infra/session/port.ts';
import { manualClock } from './manual-clock.ts';

const WAIT = { timeout: 5000, interval: 2 };
export const LEASE_MS = 30_000;
const flowOf = (n: number): string => `0198f3a0-2222-7abc-8def-${String(n).padStart(12, '0')}`;

export const codec = cursorCodec({
  logId: '0198f3a0-1111-7abc-8def-000000000001',
  key: Buffer.alloc(32, 7),
});

export const onTask = (n: number, attempt = 1) => ({
  flowId: flowOf(n),
  stepName: 'create',
  action: 'DO' as const,
  attempt,
});
export const answerTo = (n: number, attempt = 1) => ({
  ...onTask(n, attempt),
  metadata: { status: 'SUCCESS' as const },
});

/** As the core hands it out at a time, in milliseconds since the epoch. */
export const taskAt = (now: number, n: number, some: Partial<WorkerTask> = {}): WorkerTask => ({
  ...onTask(n),
  orchName: 'tenant',
  effectId: flowOf(n),
  payload: 'aGk=',
  results: {},
  deadline: new Date(now + 60_000).toISOString(),
  leaseUntil: new Date(now + LEASE_MS).toISOString(),
  ...some,
});

/** A core that keeps what it is told. Claims are served with what a test offers, as they would be. */
export const workerCore = (now: () => number) => {
  let offered: WorkerTask[] = [];
  const waiting = new Set<() => void>();
  const asked: TaskSourceInput[] = [];
  const claims: number[] = [];
  const released: WorkerTask[] = [];
  const abandoned: HeldTask[] = [];
  let isClosed = false;
  const wakeAll = (): void => {
    for (const wake of waiting) wake();
    waiting.clear();
  };
  const openTaskSource: Handlers['openTaskSource'] = (input) => {
    asked.push(input);
    return {
      offered: () =>
        offered.length > 0 || isClosed
          ? Promise.resolve()
          : new Promise<void>((resolve) => void waiting.add(resolve)),
      claim: (max) => {
        claims.push(max);
        return Promise.resolve(offered.splice(0, max));
      },
      close: () => {
        isClosed = true;
        wakeAll();
      },
    };
  };
  const handlers: StreamDeps['handlers'] = {
    leaseMs: LEASE_MS,
    openTaskSource,
    releaseTasks: (tasks) => {
      released.push(...tasks);
      return Promise.resolve();
    },
    abandonTasks: (tasks) => {
      abandoned.push(...tasks);
      return Promise.resolve();
    },
    answerTasks: (answers) =>
      Promise.resolve(answers.map(({ flowId, stepName }) => ({ flowId, stepName, outcome: 'accepted' }))),
    heartbeatTasks: (beats) => {
      const leaseUntil = new Date(now() + LEASE_MS).toISOString();
      return Promise.resolve(
        beats.map(({ flowId, stepName }) => ({ flowId, stepName, outcome: 'extended', leaseUntil })),
      );
    },
  };
  const offer = (...tasks: readonly WorkerTask[]): void => {
    offered = [...offered, ...tasks];
    wakeAll();
  };
  const counts = { onOffer: () => offered.length, isClosed: () => isClosed };
  return { handlers, offer, asked, claims, released, abandoned, ...counts };
};

export const accessOf = (subject: string, service?: string): WorkerAccess => ({
  subject,
  expiresAt: null,
  context: {
    actor: { kind: 'service', id: subject, source: 'http' },
    ...(service === undefined ? {} : { service }),
  },
});

type Given = {
  readonly entry?: Partial<Entry<WorkerAccess>>;
  readonly handlers?: Partial<StreamDeps['handlers']>;
};

/** A worker's session with an outlet that keeps its frames; each must be of the documented form. */
export const workerSession = ({ entry = { access: accessOf('local') }, handlers = {} }: Given = {}) => {
  const clock = manualClock();
  const core = workerCore(clock.now);
  const frames: ServerFrame[] = [];
  const closes: CloseReason[] = [];
  const failures: unknown[] = [];
  const way = { isFull: false, isListening: true };
  const outlet: HearingOutlet = {
    send: ({ type, members }, id) => {
      const named = id === undefined ? {} : { id };
      frames.push(serverFrame.parse({ type, ...named, ...(JSON.parse(`{${members}}`) as object) }));
    },
    isFull: () => way.isFull,
    listen: (isListening) => (way.isListening = isListening),
    close: (reason) => closes.push(reason),
  };
  const failureOf = (error: unknown) => {
    failures.push(error);
    return { code: 'store_unavailable', detail: 'not now' };
  };
  const session = openWorkerSession(
    { clock, cursor: codec, failureOf, handlers: { ...core.handlers, ...handlers } },
    outlet,
    { access: entry.access, admit: entry.admit },
  );
  const send = (value: unknown, bytes = 100): void => session.receive({ kind: 'json', value, bytes });
  const ofType = <Type extends ServerFrame['type']>(type: Type) =>
    frames.filter((frame): frame is Extract<ServerFrame, { type: Type }> => frame.type === type);
  const until = (type: ServerFrame['type'], count = 1) =>
    vi.waitFor(() => expect(ofType(type).length).toBeGreaterThanOrEqual(count), WAIT);
  const sent = () => ofType('tasks').flatMap(({ tasks }) => tasks);
  const tasks = (from: number, count: number, some: Partial<WorkerTask> = {}) =>
    Array.from({ length: count }, (_, index) => taskAt(clock.now(), from + index, some));
  return {
    ...{ clock, core, session, send, frames, closes, failures, way, ofType, until, sent, tasks },
    /** A stream that has been welcomed. */
    hello: (credit: number, more: object = {}): void => {
      send({ type: 'hello', service: 'billing', credit, ...more });
    },
    untilSent: (count: number) => vi.waitFor(() => expect(sent()).toHaveLength(count), WAIT),
  };
};

/** A session whose claims are answered when `claimed` is called. */
export const slowClaims = () => {
  let claimed = (): void => undefined;
  const gate = new Promise<void>((resolve) => (claimed = resolve));
  const session: ReturnType<typeof workerSession> = workerSession({
    handlers: {
      openTaskSource: (input) => {
        const source = session.core.handlers.openTaskSource(input);
        const claim = async (max: number) => {
          const tasks = await source.claim(max);
          await gate;
          return tasks;
        };
        return { ...source, claim };
      },
    },
  });
  return { ...session, claimed: () => claimed() };
};
