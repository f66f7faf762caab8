import type { RetentionEvent } from './events.ts';

type DataOf<Type> = Extract<RetentionEvent, { type: Type }>['data'];

export type RetentionRun = DataOf<'RetentionRunStarted'>;
export type RetentionResult = DataOf<'RetentionRunFinished'>;

export type RetentionState = {
  /** The run that was started and has not come to its end: whoever takes the duty up goes on with it. */
  readonly current: RetentionRun | null;
  readonly last: RetentionResult | null;
};

export const initialRetention: RetentionState = { current: null, last: null };

export const evolve = (state: RetentionState, event: RetentionEvent): RetentionState => {
  switch (event.type) {
    case 'RetentionRunStarted':
      return { ...state, current: event.data };
    case 'RetentionRunFinished':
      return { current: null, last: event.data };
  }
};
