import type { RetentionEvent } from './events.ts';

type DataOf<Type> = Extract<RetentionEvent, { type: Type }>['data'];

export type RetentionCommand =
  | { readonly type: 'StartRetentionRun'; readonly run: DataOf<'RetentionRunStarted'> }
  | { readonly type: 'FinishRetentionRun'; readonly result: DataOf<'RetentionRunFinished'> };

export type RetentionRejection = 'retention_running' | 'retention_superseded';
