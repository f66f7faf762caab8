// A log that tests write down, which the edge is asked about as of each of its positions.
import type { AppDeps } from '../../src/infra/http/app.ts';
import type { PastStores } from '../../src/infra/past-stores/port.ts';
import { createAsOf } from '../../src/queries/as-of/as-of.ts';
import { memoryReadStore } from '../support/memory-read-store.ts';
import {
  flowAt,
  logOf,
  logPosition,
  logReaderOf,
  project,
  queriesOver,
  timeAt,
} from '../support/read-models.ts';
import type { Written } from '../support/read-models.ts';
import { defined, workersRegistered } from '../support/registrations.ts';
import { sequential, step } from '../support/saga-builders.ts';
import * as event from '../support/saga-events.ts';
import { cursor, edge } from './edge.ts';

const started = event.started(sequential([step('a')]));
export const FLOW = flowAt(1);
export const log: readonly Written[] = [
  ['orchestration-tenant', defined(['a'])],
  [`saga-${FLOW}`, started],
  [`saga-${FLOW}`, event.workerMissing('a')],
  ['orchestration-tenant', workersRegistered('tenant-worker', ['a'])],
  [`saga-${FLOW}`, event.healed('a')],
  ['worker-tenant-worker', { type: 'WorkerSilent', data: { service: 'tenant-worker', since: 1 } }],
  [`saga-${flowAt(2)}`, started],
];
export const NOW = Date.parse(timeAt(log.length - 1)) + 3_600_000;

const noKeys = { open: () => Promise.resolve('erased' as const) };

/** Made at once, unless nothing is ever made. */
const pastOver = (written: readonly Written[], isSlow: boolean): Pick<PastStores, 'at'> => ({
  at: async (position) => {
    if (isSlow) return { kind: 'building', isBegun: true, events: 1024, recordedAt: timeAt(3) };
    const readStore = memoryReadStore();
    await project(
      readStore,
      logOf(...written).filter((each) => each.position <= position),
    );
    return { kind: 'ready', readStore, release: () => undefined };
  },
});

/** The edge over the past of a log; `isSlow`: the read models of then are never made. */
export const pastEdge = async (
  written: readonly Written[] = log,
  { isSlow = false, ...others }: Partial<AppDeps> & { readonly isSlow?: boolean } = {},
) => {
  const events = logOf(...written);
  const { queries, readStore } = await queriesOver(events);
  const reader = logReaderOf(events);
  const asOf = createAsOf({
    ...{ readStore, keys: noKeys, now: () => NOW, pastStores: pastOver(written, isSlow) },
    log: { ...reader, lastPosition: () => Promise.resolve(logPosition(events.length - 1)) },
  });
  const app = await edge({}, { queries, asOf, ...others });
  const ask = async (url: string, headers: Readonly<Record<string, string>> = {}) => {
    const response = await app.inject({ url: `/api/v1/${url}`, headers });
    const body = response.json<Record<string, unknown>>();
    return { status: response.statusCode, headers: response.headers, text: response.body, body };
  };
  return { app, ask };
};

export const at = (number: number): string => `asOf=${cursor.encode(logPosition(number))}`;
