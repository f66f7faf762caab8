import type { ReplayEvent, ReplayProgress, ReplayWait } from './events.ts';

type DataOf<Type> = Extract<ReplayEvent, { type: Type }>['data'];

export type ReplaySession = DataOf<'ReplayCreated'>;

export type ReplayCommand =
  | { readonly type: 'CreateReplay'; readonly session: ReplaySession }
  | { readonly type: 'StartReplay'; readonly upTo: string }
  | { readonly type: 'RecordTotal'; readonly total: number }
  | { readonly type: 'RecordProgress'; readonly progress: ReplayProgress }
  | { readonly type: 'RecordWait'; readonly wait: ReplayWait }
  | { readonly type: 'PauseReplay'; readonly reason: string | null }
  | { readonly type: 'ResumeReplay'; readonly reason: string | null }
  | { readonly type: 'CancelReplay'; readonly reason: string | null }
  | { readonly type: 'CompleteReplay' }
  | { readonly type: 'FailReplay'; readonly code: string; readonly detail: string };

export type ReplayRejection =
  'unknown_replay' | 'replay_started' | 'replay_not_started' | 'replay_not_running' | 'replay_ended';
