import { accept, reject } from '../decider.ts';
import type { Decision } from '../decider.ts';
import type { RetryBatchEvent } from './events.ts';

type DataOf<Type> = Extract<RetryBatchEvent, { type: Type }>['data'];
type Results = DataOf<'RetryBatchFinished'>['results'];

export type RetryBatchCommand =
  | { readonly type: 'RequestBatch'; readonly instanceIds: readonly string[] }
  | { readonly type: 'FinishBatch'; readonly results: Results };

export type RetryBatchRejection = 'unknown_retry_batch';

export type RetryBatchState =
  | { readonly kind: 'absent' }
  | {
      readonly kind: 'batch';
      readonly instanceIds: readonly string[];
      /** Null until the last of them was asked for. */
      readonly results: Results | null;
    };

export const initialRetryBatch: RetryBatchState = { kind: 'absent' };

export const decide = (
  command: RetryBatchCommand,
  state: RetryBatchState,
): Decision<RetryBatchEvent, RetryBatchRejection> => {
  if (command.type === 'RequestBatch')
    return state.kind === 'absent'
      ? accept({ type: 'RetryBatchRequested', data: { instanceIds: command.instanceIds } })
      : accept();
  if (state.kind === 'absent') return reject('unknown_retry_batch', 'there is no batch with this id');
  return state.results === null
    ? accept({ type: 'RetryBatchFinished', data: { results: command.results } })
    : accept();
};

export const evolve = (state: RetryBatchState, { type, data }: RetryBatchEvent): RetryBatchState => {
  if (type === 'RetryBatchRequested') return { kind: 'batch', instanceIds: data.instanceIds, results: null };
  return state.kind === 'absent' ? state : { ...state, results: data.results };
};
