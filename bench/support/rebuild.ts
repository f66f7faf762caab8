// Rebuilding the read model of runs beside the live one while runs go on and queries are asked, on any stores.
import { setTimeout as pause } from 'node:timers/promises';
import type { EventStore } from '../../src/infra/event-store/port.ts';
import type { Job, JobResult, ProjectorRequests } from '../../src/infra/projector/port.ts';
import type { ReadStore } from '../../src/infra/read-store/port.ts';
import { sagas } from '../../src/projections/sagas/projection.ts';
import { report } from './report.ts';
import { writeRun } from './saga-log.ts';

export type Rebuilding = {
  readonly store: EventStore;
  readonly readStore: Pick<ReadStore, 'find'>;
  readonly projector: Pick<ProjectorRequests, 'rebuild'>;
  /** Its job on a projection, null where it never had one. */
  readonly jobOf: (name: string) => Promise<Job | null>;
};

const LOOK_MS = 50;

const untilDone = async (jobOf: Rebuilding['jobOf'], name: string): Promise<Job> => {
  for (;;) {
    const job = await jobOf(name);
    if (job?.phase === 'done') return job;
    await pause(LOOK_MS);
  }
};

/** Rebuilds and compares; says how fast, what went on meanwhile, and that both generations are equal. @throws where they are not */
export const rebuildUnderLoad = async ({ store, readStore, projector, jobOf }: Rebuilding): Promise<void> => {
  const { name } = sagas.spec;
  await untilDone(jobOf, name);
  const newest = { where: [], sort: { field: 'startedAt', direction: 'desc' }, limit: 50 } as const;
  const runs = over(() => writeRun(store));
  const queries = over(() => readStore.find(name, newest));
  const started = performance.now();
  await projector.rebuild(name, { acceptChanges: false });
  const job = await untilDone(jobOf, name);
  const value = (1000 * job.events) / (performance.now() - started);
  report({ id: 'rebuild-under-load', what: `${name} rebuilt and compared, under load`, value, unit: '/s' });
  const [written, asked] = [await runs(), await queries()];
  console.log(
    `  meanwhile ${String(written.done)} runs, ${String(asked.done)} queries, ${String(asked.failed)} failed`,
  );
  sayResult(job.result);
};

/** Does something again and again until stopped; tells how often, and how often it failed. */
const over = (work: () => Promise<unknown>) => {
  const counts = { done: 0, failed: 0 };
  const stopping = new AbortController();
  const running = (async () => {
    for (; !stopping.signal.aborted; counts.done += 1) await work().catch(() => (counts.failed += 1));
  })();
  return async () => {
    stopping.abort();
    await running;
    return counts;
  };
};

const sayResult = (result: JobResult | null): void => {
  if (result?.kind !== 'switched' || result.comparison === null) throw new Error(JSON.stringify(result));
  const { documents, differing, isEqual } = result.comparison;
  console.log(
    `  ${String(documents)} documents compared, ${String(differing)} differ, equal: ${String(isEqual)}`,
  );
};
