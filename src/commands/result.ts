import type { Rejection } from '../domain/decider.ts';
import type { Position } from '../infra/event-store/port.ts';

/** The call could not be served now. `outcome_unknown`: written or not; the same key is safe to send again. */
export type Unavailable = {
  readonly kind: 'unavailable';
  readonly code: 'outcome_unknown' | 'busy' | 'storage_full' | 'shutting_down';
  readonly detail: string;
};

export type Done<Value> = {
  readonly kind: 'done';
  readonly value: Value;
  /** Log position of the last event of the stream the command went to, this command's events included. */
  readonly position: Position;
  /** True when the answer comes from the events of an earlier call with the same Idempotency-Key. */
  readonly replayed: boolean;
};

export type Result<Value, Code extends string> = Done<Value> | Rejection<Code> | Unavailable;
