import type { ServerFrame } from '../../src/infra/http/worker-stream/frames.ts';

export const streamUrl = (port: number): string => `ws://127.0.0.1:${String(port)}/api/v1/workers/stream`;

type Task = Extract<ServerFrame, { type: 'tasks' }>['tasks'][number];

export const beatOf = ({ flowId, orchName, stepName, action, attempt }: Task) => ({
  ...{ flowId, orchName, stepName, action, attempt },
});

/** The answer to a task that succeeded. */
export const successOf = (task: Task) => ({ ...beatOf(task), metadata: { status: 'SUCCESS' as const } });
