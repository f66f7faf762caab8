import { expect, vi } from 'vitest';
import { z } from 'zod';
import { sagaView } from '../../src/projections/saga/read-model.ts';
import { freshDirectory } from './fresh-directory.ts';
import { call, post, read } from './http-calls.ts';
import type { AcknowledgedRun } from './saga-load.ts';
import { startSkald } from './skald-server.ts';

const started = z.looseObject({ flowId: z.string() });
/** Far longer than any test: no task comes back because its lease lapsed by itself. */
const LEASE_MS = '600000';
const ORCHESTRATION = 'at-work';
const AT_ONCE = 64;
const WAIT = { timeout: 30_000, interval: 20 };

/** A server in a process of its own; its one orchestration has one step, which `billing` serves. */
export const streamWorld = async (dataDir = freshDirectory()) => {
  const server = await startSkald(dataDir, { LEASE_MS });
  const { address } = server;
  const runs = new Map<string, AcknowledgedRun>();
  const startOne = async (key: string): Promise<void> => {
    const headers = { 'idempotency-key': key };
    const answer = await post(`${address}/api/orchestration/execute/${ORCHESTRATION}`, {}, headers);
    runs.set(read(answer, started).flowId, { key, orchName: ORCHESTRATION, ends: 'SagaCompleted' });
  };
  const runOf = async (flowId: string) =>
    read(await call(`${address}/api/v1/sagas/${flowId}`), sagaView.loose());
  return {
    ...server,
    dataDir,
    port: Number(new URL(address).port),
    runs,
    register: async (): Promise<void> => {
      const steps = [{ name: 'work', seq: 1, objectType: 'thing' }];
      const body = { orchName: ORCHESTRATION, steps };
      const url = `${address}/api/orchestration/register`;
      read(await post(url, { ...body, as: 'initiator' }, { 'x-service-name': 'front' }), z.looseObject({}));
      read(await post(url, { ...body, as: 'worker' }, { 'x-service-name': 'billing' }), z.looseObject({}));
    },
    /** So many runs, each acknowledged. */
    start: async (count: number): Promise<void> => {
      for (let from = 0; from < count; from += AT_ONCE) {
        const size = Math.min(AT_ONCE, count - from);
        await Promise.all(Array.from({ length: size }, (_, n) => startOne(`run-${from + n}`)));
      }
    },
    runOf,
    untilCompleted: (flowId: string) =>
      vi.waitFor(async () => expect((await runOf(flowId)).status).toBe('COMPLETED'), WAIT),
  };
};
