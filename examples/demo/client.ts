import { z } from 'zod';
import type { SkaldApi } from './api.ts';

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

/** What the story needs of runs and orchestrations. */
export const skaldClient = ({ get, post, until }: SkaldApi) => {
  const getRun = async (flowId: string): Promise<Run> => run.parse(await get(`/api/v1/sagas/${flowId}`));

  return {
    register: (definition: object) => post('/api/orchestration/register', definition),
    execute: async (orchName: string, order: object): Promise<string> => {
      const started = await post(`/api/orchestration/execute/${orchName}`, order);
      return z.object({ flowId: z.string() }).parse(started).flowId;
    },
    undo: (flowId: string, reason: string) => post(`/api/orchestration/undo/${flowId}`, { reason }),
    /** The run as soon as it has ended. */
    ended: async (flowId: string): Promise<Run> =>
      run.parse(await get(`/api/v1/sagas/${flowId}`, { headers: { prefer: 'wait=30' } })),
    /** The run as soon as it is as described. */
    until: (flowId: string, holds: (current: Run) => boolean): Promise<Run> =>
      until(() => getRun(flowId), holds),
    events: async (flowId: string): Promise<readonly RunEvent[]> => {
      const page = await get(`/api/v1/streams/saga-${flowId}?limit=1000`);
      return z.object({ items: z.array(event) }).parse(page).items;
    },
    /** Resolves once every step of the orchestration has a worker. */
    staffed: (orchName: string) =>
      until(
        async () => orchestration.parse(await get(`/api/v1/orchestrations/${orchName}`)),
        ({ status }) => status === 'SUCCESS',
      ),
  };
};
export type SkaldClient = ReturnType<typeof skaldClient>;
