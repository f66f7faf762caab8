import type { WorkerEvent } from './events.ts';

export type WorkerState = {
  readonly status: 'live' | 'silent' | 'deaf';
  /** Since when, in milliseconds since the epoch; 0 for a service that nothing was ever recorded of. */
  readonly since: number;
};

export const initialWorker: WorkerState = { status: 'live', since: 0 };

export const evolve = (_state: WorkerState, { type, data: { since } }: WorkerEvent): WorkerState => {
  switch (type) {
    case 'WorkerSilent':
      return { status: 'silent', since };
    case 'WorkerDeaf':
      return { status: 'deaf', since };
    case 'WorkerBack':
      return { status: 'live', since };
  }
};
