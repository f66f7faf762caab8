// Made from the description of the API: `npm run sdk:generate` makes it anew, a test compares.

import type { CallOptions, Send } from '../http/call.ts';
import type { AnswerOutcome, HeartbeatOutcome, Json, WorkerTask } from './shapes.ts';

export const tasks = (send: Send) => ({
  /** Take tasks, waiting for them: `POST /api/v1/tasks/poll`. */
  poll: (
    input: {
      readonly body: {
        readonly service: string;
        readonly steps?: readonly string[] | undefined;
        readonly max?: number | undefined;
        readonly waitMs?: number | undefined;
      };
    },
    options?: CallOptions,
  ) =>
    send<{ readonly tasks: readonly WorkerTask[] }>(
      { kind: 'work', method: 'POST', path: '/api/v1/tasks/poll' },
      input,
      options,
    ),

  /** Answer tasks, one or many: `POST /api/v1/tasks/responses`. */
  answer: (
    input: {
      readonly body:
        | {
            readonly flowId: string;
            readonly orchName?: string | undefined;
            readonly stepName: string;
            readonly action: 'DO' | 'UNDO';
            readonly attempt?: number | undefined;
            readonly metadata: {
              readonly status: 'SUCCESS' | 'FAILED';
              readonly error?: string | undefined;
              readonly code?: string | undefined;
              readonly retryable?: boolean | undefined;
            };
            readonly payload?: string | undefined;
          }
        | readonly {
            readonly flowId: string;
            readonly orchName?: string | undefined;
            readonly stepName: string;
            readonly action: 'DO' | 'UNDO';
            readonly attempt?: number | undefined;
            readonly metadata: {
              readonly status: 'SUCCESS' | 'FAILED';
              readonly error?: string | undefined;
              readonly code?: string | undefined;
              readonly retryable?: boolean | undefined;
            };
            readonly payload?: string | undefined;
          }[];
    },
    options?: CallOptions,
  ) =>
    send<{ readonly results: readonly AnswerOutcome[] }>(
      { kind: 'command', method: 'POST', path: '/api/v1/tasks/responses' },
      input,
      options,
    ),

  /** Keep tasks, one or many, and say how far they are: `POST /api/v1/tasks/heartbeat`. */
  heartbeat: (
    input: {
      readonly body:
        | {
            readonly flowId: string;
            readonly orchName?: string | undefined;
            readonly stepName: string;
            readonly action: 'DO' | 'UNDO';
            readonly attempt: number;
            readonly progress?: Json | undefined;
          }
        | readonly {
            readonly flowId: string;
            readonly orchName?: string | undefined;
            readonly stepName: string;
            readonly action: 'DO' | 'UNDO';
            readonly attempt: number;
            readonly progress?: Json | undefined;
          }[];
    },
    options?: CallOptions,
  ) =>
    send<{ readonly results: readonly HeartbeatOutcome[] }>(
      { kind: 'work', method: 'POST', path: '/api/v1/tasks/heartbeat' },
      input,
      options,
    ),
});
