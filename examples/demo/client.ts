import { setTimeout as sleep } from 'node:timers/promises';
import { z } from 'zod';

const action = z.object({ status: z.string(), error: z.string().nullable() }).nullable();
const run = z.object({
  status: z.string(),
  waiting: z.object({ reason: z.string(), step: z.string().nullable() }).nullable(),
  steps: z.array(z.object({ name: z.string(), do: action, undo: action })),
  result: z.record(z.string(), z.string()),
});
export type Run = z.infer<typeof run>;

const orchestration = z.object({ status: z.string() });

const event = z.object({
  type: z.string(),
  data: z.looseObject({ step: z.string().optional(), action: z.string().optional() }),
  metadata: z.object({ recordedAt: z.string() }),
});
export type RunEvent = z.infer<typeof event>;

/** The little of Skald's HTTP API that the story needs. Every wait ends when the signal aborts. */
export const skaldClient = (address: string, deadline: AbortSignal) => {
  const call = async (path: string, init: RequestInit = {}): Promise<unknown> => {
    const response = await fetch(`${address}${path}`, { ...init, signal: deadline });
    // Not now, says Skald: what only reads may simply ask again.
    if (response.status === 503 && init.method === undefined) {
      await sleep(50, undefined, { signal: deadline });
      return call(path, init);
    }
    if (!response.ok) throw new Error(`${path} answered ${response.status}: ${await response.text()}`);
    return response.json();
  };
  /** Asks until what is found is as described. */
  const until = async <Found>(
    find: () => Promise<Found>,
    holds: (found: Found) => boolean,
  ): Promise<Found> => {
    for (;;) {
      const found = await find();
      if (holds(found)) return found;
      await sleep(20, undefined, { signal: deadline });
    }
  };
  const post = (path: string, body: object) =>
    call(path, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(body),
    });

  const getRun = async (flowId: string): Promise<Run> => run.parse(await call(`/api/v1/sagas/${flowId}`));

  return {
    register: (definition: object) => post('/api/orchestration/register', definition),
    execute: async (orchName: string, order: object): Promise<string> => {
      const started = await post(`/api/orchestration/execute/${orchName}`, order);
      return z.object({ flowId: z.string() }).parse(started).flowId;
    },
    undo: (flowId: string, reason: string) => post(`/api/orchestration/undo/${flowId}`, { reason }),
    /** The run as soon as it has ended. */
    ended: async (flowId: string): Promise<Run> =>
      run.parse(await call(`/api/v1/sagas/${flowId}`, { headers: { prefer: 'wait=30' } })),
    /** The run as soon as it is as described. */
    until: (flowId: string, holds: (current: Run) => boolean): Promise<Run> =>
      until(() => getRun(flowId), holds),
    events: async (flowId: string): Promise<readonly RunEvent[]> => {
      const page = await call(`/api/v1/streams/saga-${flowId}?limit=1000`);
      return z.object({ items: z.array(event) }).parse(page).items;
    },
    /** Resolves once every step of the orchestration has a worker. */
    staffed: (orchName: string) =>
      until(
        async () => orchestration.parse(await call(`/api/v1/orchestrations/${orchName}`)),
        ({ status }) => status === 'SUCCESS',
      ),
  };
};
export type SkaldClient = ReturnType<typeof skaldClient>;
