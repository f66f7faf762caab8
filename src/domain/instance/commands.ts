import type { Sealed } from '../sealed.ts';
import type { ErrorCategory, InstanceEvent, ProgressCategory } from './events.ts';

type DataOf<Type> = Extract<InstanceEvent, { type: Type }>['data'];

export type InstanceCommand =
  | { readonly type: 'ReceiveInstance'; readonly instance: DataOf<'InstanceReceived'> }
  | { readonly type: 'ProgressInstance'; readonly category: ProgressCategory }
  | { readonly type: 'ReportError'; readonly category: ErrorCategory; readonly errors: Sealed | null }
  | { readonly type: 'RequestRetry'; readonly retry: DataOf<'InstanceRetryRequested'> }
  | { readonly type: 'FailRetry'; readonly failure: DataOf<'InstanceRetryFailed'> }
  | { readonly type: 'DispatchInstance'; readonly headers: Sealed | null }
  | { readonly type: 'SettleInstance'; readonly settlement: DataOf<'InstanceSettled'> }
  | { readonly type: 'HoldInstance'; readonly reason: string }
  | { readonly type: 'LiftHold'; readonly reason: string }
  | {
      readonly type: 'DeleteInstance';
      readonly deletion: DataOf<'InstanceDeleted'>;
      /** The revision at which it was found fit to go, where nothing may have happened since; else null. */
      readonly revision: number | null;
    }
  | { readonly type: 'EraseInstance'; readonly receipt: DataOf<'InstanceErased'> };

export type InstanceRejection =
  | 'unknown_instance'
  | 'instance_deleted'
  | 'instance_held'
  | 'instance_not_failed'
  | 'instance_not_deleted'
  | 'precondition_failed';
