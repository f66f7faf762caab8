import type { Json, WorkerTask } from '../generated/shapes.ts';

/** What a task is called by, in answers and heartbeats. */
export type OnTask = Pick<WorkerTask, 'flowId' | 'orchName' | 'stepName' | 'action' | 'attempt'>;

export type Answer = OnTask & {
  readonly metadata: {
    readonly status: 'SUCCESS' | 'FAILED';
    readonly error?: string;
    readonly code?: string;
    readonly retryable?: boolean;
  };
  readonly payload?: string;
};

export type Beat = OnTask & { readonly progress?: Json };

export const onTask = ({ flowId, orchName, stepName, action, attempt }: WorkerTask): OnTask => ({
  ...{ flowId, orchName, stepName, action, attempt },
});
