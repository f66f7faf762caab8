import type { Clock } from '../../clock/port.ts';
import type { CursorCodec } from '../cursor.ts';
import type { Handlers } from '../handlers.ts';

/** What every worker's connection needs. */
export type StreamDeps = {
  readonly handlers: Pick<
    Handlers,
    'openTaskSource' | 'releaseTasks' | 'abandonTasks' | 'answerTasks' | 'heartbeatTasks' | 'leaseMs'
  >;
  readonly clock: Clock;
  readonly cursor: CursorCodec;
  /** What to tell a worker of a failure; one that nobody foresaw is logged. */
  readonly failureOf: (error: unknown) => { readonly code: string; readonly detail: string };
};
