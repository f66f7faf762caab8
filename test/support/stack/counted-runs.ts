import { z } from 'zod';
import type { StoredEvent } from '../../../src/infra/event-store/port.ts';
import { call, read } from '../http-calls.ts';

const answer = z.object({ total: z.int(), counts: z.record(z.string(), z.int()) });

/** How many runs there are, and have ended either way, as the read models of that process say. */
export const countedRuns = async (address: string) => {
  const { total, counts } = read(await call(`${address}/api/v1/sagas/counts`), answer);
  return { total, completed: counts['COMPLETED'] ?? 0, undone: counts['UNDONE'] ?? 0 };
};

/** The same by the log. */
export const runsIn = (events: readonly StoredEvent[]) => {
  const count = (wanted: string): number => events.filter(({ type }) => type === wanted).length;
  return { total: count('SagaStarted'), completed: count('SagaCompleted'), undone: count('SagaUndone') };
};
