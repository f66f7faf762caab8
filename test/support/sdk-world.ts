import { onTestFinished } from 'vitest';
import { client } from '../../sdk/src/client.ts';
import type { Run } from '../../sdk/src/generated/shapes.ts';
import type { WorkerOptions } from '../../sdk/src/worker/options.ts';
import { worker } from '../../sdk/src/worker/worker.ts';
import { freshDirectory } from './fresh-directory.ts';
import { startSkald } from './skald-server.ts';

export const TRANSPORTS = ['poll', 'stream'] as const;
export type Transport = (typeof TRANSPORTS)[number];

const step = (name: string, index: number) => ({
  ...{ name, seq: index + 1, objectType: 'thing' },
  retry: { maxRetries: 2, backoffMs: 10 },
});

/** A Skald with the orchestration `tenant` of these steps, one after the other. */
export const tenantWorld = async (
  transport: Transport,
  names: readonly string[] = ['first', 'second'],
  settings: Readonly<Record<string, string>> = {},
) => {
  const dataDir = freshDirectory();
  const server = await startSkald(dataDir, settings);
  const url = server.address;
  const skald = client({ url });
  await skald.orchestrations.register({
    body: { orchName: 'tenant', as: 'initiator', type: 'sequential', steps: names.map(step) },
  });
  const troubles: unknown[] = [];
  const base = {
    ...{ service: 'tenant-service', url, orchestrations: 'tenant', transport },
    onTrouble: (error: unknown) => void troubles.push(error),
    reconnect: { leastMs: 10, mostMs: 200 },
  };
  return {
    ...{ skald, server, dataDir, troubles, url },
    work: async (options: Partial<WorkerOptions> & Pick<WorkerOptions, 'steps'>) => {
      const running = await worker({ ...base, ...options });
      onTestFinished(() => running.stop({ timeoutMs: 0 }));
      return running;
    },
    start: async (body?: unknown): Promise<string> => {
      const { flowId } = await skald.runs.start({ orchName: 'tenant', body });
      return flowId;
    },
    ended: async (flowId: string): Promise<Run> => skald.runs.get({ flowId }, { waitSeconds: 15 }),
  };
};

/** Resolves with the first answer that is not undefined. */
export const eventually = async <Value>(find: () => Promise<Value | undefined>): Promise<Value> => {
  for (;;) {
    const found = await find();
    if (found !== undefined) return found;
    await new Promise((resolve) => setImmediate(resolve));
  }
};

/** A promise, and what settles it. */
export const gate = () => {
  let open = (): void => undefined;
  const opened = new Promise<void>((resolve) => void (open = resolve));
  return { opened, open };
};
