import type { FastifyInstance } from 'fastify';
import { pino } from 'pino';
import { v7 } from 'uuid';
import { onTestFinished } from 'vitest';
import { buildApp } from '../../src/infra/http/app.ts';
import type { AppDeps } from '../../src/infra/http/app.ts';
import { loopbackOnly } from '../../src/infra/http/auth.ts';
import { cursorCodec } from '../../src/infra/http/cursor.ts';
import type { Handlers } from '../../src/infra/http/handlers.ts';
import type { OrchestrationView } from '../../src/projections/orchestration/read-model.ts';
import type { SagaView } from '../../src/projections/saga/read-model.ts';

export const LOG_ID = '0198f3a0-1111-7abc-8def-000000000001';
export const cursor = cursorCodec({ logId: LOG_ID, key: Buffer.alloc(32, 7) });
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
export const handlersWith = (some: Partial<Handlers>): Handlers => ({
  register: unexpected('register'),
  startSaga: unexpected('startSaga'),
  undoSaga: unexpected('undoSaga'),
  cancelSaga: unexpected('cancelSaga'),
  pauseSaga: unexpected('pauseSaga'),
  resumeSaga: unexpected('resumeSaga'),
  retryStep: unexpected('retryStep'),
  skipStep: unexpected('skipStep'),
  completeStep: unexpected('completeStep'),
  pollTasks: unexpected('pollTasks'),
  releaseTasks: unexpected('releaseTasks'),
  answerTasks: unexpected('answerTasks'),
  heartbeatTasks: unexpected('heartbeatTasks'),
  getSaga: unexpected('getSaga'),
  getOrchestration: unexpected('getOrchestration'),
  getStream: unexpected('getStream'),
  isReady: () => true,
  ...some,
});

export const edge = async (
  some: Partial<Handlers> = {},
  deps: Partial<AppDeps> = {},
): Promise<FastifyInstance> => {
  const app = await buildApp({
    handlers: handlersWith(some),
    auth: loopbackOnly,
    cursor,
    logger: pino({ level: 'silent' }),
    ids: { next: () => v7() },
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

export const orchestrationViewWith = (some: Partial<OrchestrationView> = {}): OrchestrationView => ({
  orchName: 'tenant',
  status: 'SUCCESS',
  failureReason: null,
  version: 1,
  definitionHash: 'ab',
  initiator: 'tenant-service',
  type: 'sequential',
  onUndoFailure: 'stop',
  steps: [],
  missingWorkers: [],
  unknownSteps: [],
  createdAt: '2026-01-01T00:00:00.000Z',
  updatedAt: '2026-01-01T00:00:00.000Z',
  revision: 3,
  position: positionOf(4),
  ...some,
});
