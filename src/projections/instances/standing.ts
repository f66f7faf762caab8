import type { ErrorCategory, InstanceEvent } from '../../domain/instance/events.ts';
import type { InstanceRow, InstanceStatus } from './read-model.ts';

type Category = InstanceRow['latest'];

/** What an event is called in an instance's history. */
export const categoryOf = (event: InstanceEvent): Category => {
  if (event.type === 'InstanceProgressed') return event.data.category;
  if (event.type === 'InstanceErrorReported') return `${event.data.category}-error`;
  return event.type === 'InstanceSettled' ? event.data.as : NAMES[event.type];
};

type Telling = 'InstanceProgressed' | 'InstanceErrorReported' | 'InstanceSettled';

const NAMES: Readonly<Record<Exclude<InstanceEvent['type'], Telling>, Category>> = {
  InstanceReceived: 'received',
  InstanceRegistered: 'registered',
  InstanceRetryRequested: 'retry-requested',
  InstanceRetryFailed: 'retry-request-error',
  InstanceDispatched: 'dispatched',
  InstanceHeld: 'held',
  InstanceHoldLifted: 'hold-lifted',
  InstanceDeleted: 'deleted',
  InstanceErased: 'erased',
};

/** The status that a category leads to; undefined for those that leave it as it is. */
const STATUS: Readonly<Record<Category, InstanceStatus | undefined>> = {
  received: 'IN_PROGRESS',
  mapped: 'IN_PROGRESS',
  'ready-for-dispatch': 'IN_PROGRESS',
  'retry-requested': 'IN_PROGRESS',
  dispatched: 'TRANSFERRED',
  'manually-processed': 'TRANSFERRED',
  'overridden-as-transferred': 'TRANSFERRED',
  'manually-rejected': 'ABORTED',
  'receival-error': 'FAILED',
  'registration-error': 'FAILED',
  'retry-request-error': 'FAILED',
  'mapping-error': 'FAILED',
  'dispatching-error': 'FAILED',
  registered: undefined,
  held: undefined,
  'hold-lifted': undefined,
  deleted: undefined,
  erased: undefined,
};

type Standing = Pick<InstanceRow, 'status' | 'latest' | 'errorCategory'>;

/** What an event changes of how the instance stands; nothing for one that is about its storage only. */
export const standingAfter = (event: InstanceEvent): Standing | undefined => {
  const latest = categoryOf(event);
  const status = STATUS[latest];
  return status === undefined ? undefined : { status, latest, errorCategory: errorOf(event) };
};

const errorOf = (event: InstanceEvent): ErrorCategory | null => {
  if (event.type === 'InstanceRetryFailed') return 'retry-request';
  return event.type === 'InstanceErrorReported' ? event.data.category : null;
};
