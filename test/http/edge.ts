import type { FastifyInstance } from 'fastify';
import { pino } from 'pino';
import { v7 } from 'uuid';
import { onTestFinished } from 'vitest';
import type { Feed } from '../../src/infra/feed/port.ts';
import { buildApp } from '../../src/infra/http/app.ts';
import type { AppDeps } from '../../src/infra/http/app.ts';
import { systemClock, systemRandom } from '../../src/infra/clock/system.ts';
import { loopbackOnly } from '../../src/infra/http/auth.ts';
import { cursorCodec } from '../../src/infra/http/cursor.ts';
import type { Handlers } from '../../src/infra/http/handlers.ts';
import { listCursorCodec } from '../../src/infra/http/list-cursor.ts';
import type { SagaView } from '../../src/projections/saga/read-model.ts';
import { queriesOver } from '../support/read-models.ts';

const LOG_ID = '0198f3a0-1111-7abc-8def-000000000001';
export const cursor = cursorCodec({ logId: LOG_ID, key: Buffer.alloc(32, 7) });
const listCursor = listCursorCodec({ key: Buffer.alloc(32, 9) });
export const positionOf = (commit: number): string => String(commit).padStart(20, '0') + '0'.repeat(20);
export const FLOW = '0198f3a0-2222-7abc-8def-000000000002';
export const JSON_TYPE = { 'content-type': 'application/json' };

export const done = <Value>(value: Value, more: { commit?: number; replayed?: boolean } = {}) => ({
  kind: 'done' as const,
  value,
  position: positionOf(more.commit ?? 1),
  replayed: more.replayed ?? false,
});

const unexpected = (name: string) => () => Promise.reject(new Error(`${name} was not expected to be called`));

/** Handlers of which a test writes those it needs; any other one fails the request that reaches it. */
const handlersWith = (some: Partial<Handlers>): Handlers => ({
  register: unexpected('register'),
  refuseRegistration: (_who, refusal) => Promise.resolve(refusal),
  startSaga: unexpected('startSaga'),
  undoSaga: unexpected('undoSaga'),
  cancelSaga: unexpected('cancelSaga'),
  pauseSaga: unexpected('pauseSaga'),
  resumeSaga: unexpected('resumeSaga'),
  retryStep: unexpected('retryStep'),
  skipStep: unexpected('skipStep'),
  completeStep: unexpected('completeStep'),
  rescheduleTimer: unexpected('rescheduleTimer'),
  fireTimer: unexpected('fireTimer'),
  cancelTimer: unexpected('cancelTimer'),
  shiftTimers: unexpected('shiftTimers'),
  getTimerShift: unexpected('getTimerShift'),
  pollTasks: unexpected('pollTasks'),
  openTaskSource: () => {
    throw new Error('openTaskSource was not expected to be called');
  },
  releaseTasks: unexpected('releaseTasks'),
  abandonTasks: unexpected('abandonTasks'),
  leaseMs: 30_000,
  answerTasks: unexpected('answerTasks'),
  heartbeatTasks: unexpected('heartbeatTasks'),
  getSaga: unexpected('getSaga'),
  getStream: unexpected('getStream'),
  explainSaga: unexpected('explainSaga'),
  getUndoPlan: unexpected('getUndoPlan'),
  preflight: unexpected('preflight'),
  heartbeatWorker: () => {
    throw new Error('heartbeatWorker was not expected to be called');
  },
  getLetter: unexpected('getLetter'),
  redriveLetter: unexpected('redriveLetter'),
  redriveLetters: unexpected('redriveLetters'),
  editLetter: unexpected('editLetter'),
  discardLetter: unexpected('discardLetter'),
  receiveInstance: unexpected('receiveInstance'),
  refuseIntake: unexpected('refuseIntake'),
  retryInstance: unexpected('retryInstance'),
  retryInstances: unexpected('retryInstances'),
  getRetryBatch: unexpected('getRetryBatch'),
  dispatchInstance: unexpected('dispatchInstance'),
  progressInstance: unexpected('progressInstance'),
  reportInstanceError: unexpected('reportInstanceError'),
  settleInstance: unexpected('settleInstance'),
  holdInstance: unexpected('holdInstance'),
  liftInstanceHold: unexpected('liftInstanceHold'),
  deleteInstance: unexpected('deleteInstance'),
  createReplay: unexpected('createReplay'),
  previewReplay: unexpected('previewReplay'),
  startReplay: unexpected('startReplay'),
  pauseReplay: unexpected('pauseReplay'),
  resumeReplay: unexpected('resumeReplay'),
  cancelReplay: unexpected('cancelReplay'),
  getReplayRecords: () => Promise.resolve(undefined),
  startRetention: unexpected('startRetention'),
  takeCheckpoint: unexpected('takeCheckpoint'),
  getInstance: unexpected('getInstance'),
  getInstanceHistory: unexpected('getInstanceHistory'),
  isReady: () => true,
  ...some,
});

const notServed = () => {
  throw new Error('a feed was not expected');
};
const noProjector: AppDeps['projector'] = {
  status: unexpected('status'),
  rebuild: unexpected('rebuild'),
  verify: unexpected('verify'),
  rollback: unexpected('rollback'),
  unblock: unexpected('unblock'),
};
const noPast: AppDeps['asOf'] = {
  momentOf: unexpected('momentOf'),
  singlesAt: notServed,
  fromLists: unexpected('fromLists'),
};
export const noFeed: Feed = { connect: notServed, stream: notServed };

export const edge = async (
  some: Partial<Handlers> = {},
  deps: Partial<AppDeps> = {},
): Promise<FastifyInstance> => {
  const app = await buildApp({
    handlers: handlersWith(some),
    queries: deps.queries ?? (await queriesOver()).queries,
    asOf: noPast,
    auth: loopbackOnly,
    cursor,
    listCursor,
    logger: pino({ level: 'silent' }),
    ids: { next: () => v7() },
    feed: { feed: noFeed, clock: systemClock(), random: systemRandom() },
    projector: noProjector,
    ...deps,
  });
  onTestFinished(() => app.close());
  return app;
};

export const sagaViewWith = (some: Partial<SagaView> = {}): SagaView => ({
  flowId: FLOW,
  orchName: 'tenant',
  status: 'COMPLETED',
  definitionVersion: 1,
  type: 'sequential',
  initiator: 'tenant-service',
  waiting: null,
  steps: [],
  result: { create: 'aGk=' },
  undo: null,
  owner: null,
  correlationId: 'c-1',
  startedAt: '2026-01-01T00:00:00.000Z',
  endedAt: '2026-01-01T00:00:01.000Z',
  revision: 7,
  position: positionOf(9),
  ...some,
});
