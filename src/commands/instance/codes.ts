import type { InstanceRejection } from '../../domain/instance/commands.ts';
import type { RetryBatchRejection } from '../../domain/retrybatch/decide.ts';
import type { SequenceRejection } from '../../domain/sequence/decide.ts';

/** Why something asked of an instance is refused. */
export type InstanceCode =
  | InstanceRejection
  | RetryBatchRejection
  | SequenceRejection
  | 'no_flow_headers'
  | 'retry_failed'
  | 'idempotency_key_reused'
  | 'too_large'
  | 'invalid_input';
