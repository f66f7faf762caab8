import { accept, reject } from '../decider.ts';
import type { Decision, Rejection } from '../decider.ts';
import type { InstanceCommand, InstanceRejection } from './commands.ts';
import type { InstanceEvent } from './events.ts';
import type { Instance, InstanceState } from './state.ts';

type Decided = Decision<InstanceEvent, InstanceRejection>;
type OnInstance = Exclude<InstanceCommand, { type: 'ReceiveInstance' }>;
type Command<Type> = Extract<InstanceCommand, { type: Type }>;

/** An instance is registered in the append it is received in, and its values are deleted once, whoever asks. */
export const decide = (command: InstanceCommand, state: InstanceState): Decided => {
  if (command.type === 'ReceiveInstance') return received(command, state);
  if (state.kind === 'absent') return reject('unknown_instance', 'there is no instance with this id');
  return onInstance(command, state);
};

const received = ({ instance }: Command<'ReceiveInstance'>, state: InstanceState): Decided =>
  state.kind === 'absent'
    ? accept({ type: 'InstanceReceived', data: instance }, { type: 'InstanceRegistered', data: {} })
    : accept();

const onInstance = (command: OnInstance, instance: Instance): Decided => {
  switch (command.type) {
    case 'ProgressInstance':
      return progressed(command, instance);
    case 'ReportError':
      return errorReported(command, instance);
    case 'RequestRetry':
      return retryRequested(command, instance);
    case 'FailRetry':
      return retryFailed(command, instance);
    case 'DispatchInstance':
      return dispatched(command, instance);
    case 'SettleInstance':
      return settled(command, instance);
    case 'HoldInstance':
      return held(command, instance);
    case 'LiftHold':
      return holdLifted(command, instance);
    case 'DeleteInstance':
      return deleted(command, instance);
    case 'EraseInstance':
      return erased(command, instance);
  }
};

/** What was passed on is done: news of how it got there comes late, and says nothing any more. */
const progressed = ({ category }: Command<'ProgressInstance'>, { latest, dispatch }: Instance): Decided => {
  const isKnown = latest.kind === 'progressed' && latest.category === category;
  return isKnown || dispatch !== null ? accept() : accept({ type: 'InstanceProgressed', data: { category } });
};

const errorReported = ({ category, errors }: Command<'ReportError'>, { latest }: Instance): Decided =>
  latest.kind === 'error' && latest.category === category && latest.errors === errors
    ? accept()
    : accept({ type: 'InstanceErrorReported', data: { category, errors } });

const retryRequested = ({ retry }: Command<'RequestRetry'>, instance: Instance): Decided => {
  if (instance.retries.has(retry.correlationId)) return accept();
  return refusedAsDeleted(instance) ?? accept({ type: 'InstanceRetryRequested', data: retry });
};

/** A retry that was asked for after all did not fail. */
const retryFailed = ({ failure }: Command<'FailRetry'>, instance: Instance): Decided => {
  if (instance.retries.has(failure.correlationId)) return accept();
  return refusedAsDeleted(instance) ?? accept({ type: 'InstanceRetryFailed', data: failure });
};

const refusedAsDeleted = ({ deletion }: Instance): Rejection<InstanceRejection> | undefined =>
  deletion === null ? undefined : reject('instance_deleted', `the instance was deleted: ${deletion.reason}`);

/** A hold keeps the values, not the news that it was passed on. */
const dispatched = ({ headers }: Command<'DispatchInstance'>, instance: Instance): Decided => {
  if (instance.dispatch !== null) return accept();
  const event = { type: 'InstanceDispatched', data: { headers } } as const;
  if (instance.isHeld || instance.deletion !== null) return accept(event);
  return accept(event, deletedAsDispatched(headers));
};

type Headers = Command<'DispatchInstance'>['headers'];

const deletedAsDispatched = (headers: Headers): InstanceEvent => ({
  type: 'InstanceDeleted',
  data: { reason: 'dispatched', headers, runId: null, words: null },
});

/** Only what failed needs a person; what the values were does not matter to that. */
const settled = ({ settlement }: Command<'SettleInstance'>, { latest }: Instance): Decided => {
  if (latest.kind === 'error') return accept({ type: 'InstanceSettled', data: settlement });
  const isKnown =
    latest.kind === 'settled' &&
    latest.as === settlement.as &&
    latest.reason === settlement.reason &&
    latest.archiveInstanceId === settlement.archiveInstanceId;
  return isKnown
    ? accept()
    : reject('instance_not_failed', 'the latest that happened to the instance is not an error');
};

const held = ({ reason }: Command<'HoldInstance'>, instance: Instance): Decided =>
  refusedAsDeleted(instance) ??
  (instance.isHeld ? accept() : accept({ type: 'InstanceHeld', data: { reason } }));

/** What was passed on while it was held goes now. */
const holdLifted = ({ reason }: Command<'LiftHold'>, { isHeld, dispatch }: Instance): Decided => {
  if (!isHeld) return accept();
  const event = { type: 'InstanceHoldLifted', data: { reason } } as const;
  return dispatch === null ? accept(event) : accept(event, deletedAsDispatched(dispatch.headers));
};

const deleted = ({ deletion, revision }: Command<'DeleteInstance'>, instance: Instance): Decided => {
  if (instance.deletion !== null) return accept();
  if (instance.isHeld) return reject('instance_held', 'the instance is held');
  if (revision !== null && revision !== instance.revision)
    return reject('precondition_failed', `the instance is at revision ${String(instance.revision)}`);
  return accept({ type: 'InstanceDeleted', data: deletion });
};

const erased = ({ receipt }: Command<'EraseInstance'>, { deletion, isErased }: Instance): Decided => {
  if (isErased) return accept();
  if (deletion === null) return reject('instance_not_deleted', 'what is not deleted is not erased');
  return accept({ type: 'InstanceErased', data: receipt });
};
