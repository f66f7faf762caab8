import * as letter from '../../domain/dead-letter/seal-context.ts';
import * as instance from '../../domain/instance/seal-context.ts';
import * as intake from '../../domain/intake/seal-context.ts';
import { stepAction } from '../../domain/names.ts';
import * as saga from '../../domain/saga/seal-context.ts';

type Data = Readonly<Record<string, unknown>>;
type Contexts = Readonly<Record<string, string>>;
type ContextsOf = (id: string, data: Data) => Contexts;

const textIn = (data: Data, name: string): string => {
  const value = data[name];
  return typeof value === 'string' ? value : '';
};

const onStep =
  (field: string, context: typeof saga.resultContext): ContextsOf =>
  (flowId, data) => ({
    [field]: context(flowId, textIn(data, 'step'), stepAction.parse(data['action'])),
  });

/** What each sealed field of an event is sealed for, by category and type. */
const table: Readonly<Record<string, ContextsOf>> = {
  'saga/SagaStarted': (id) => ({ input: saga.inputContext(id) }),
  'saga/StepSucceeded': onStep('result', saga.resultContext),
  'saga/StepFailed': onStep('error', saga.errorContext),
  'instance/InstanceReceived': (id) => ({
    value: instance.valueContext(id),
    headers: instance.headersContext(id),
  }),
  'instance/InstanceErrorReported': (id) => ({ errors: instance.errorsContext(id) }),
  'instance/InstanceRetryRequested': (id, data) => ({
    headers: instance.retryHeadersContext(id, textIn(data, 'correlationId')),
  }),
  'instance/InstanceRetryFailed': (id, data) => ({
    headers: instance.retryHeadersContext(id, textIn(data, 'correlationId')),
    errors: instance.errorsContext(id),
  }),
  'instance/InstanceDispatched': (id) => ({ headers: instance.dispatchHeadersContext(id) }),
  'instance/InstanceDeleted': (id) => ({ headers: instance.dispatchHeadersContext(id) }),
  'instance/InstanceSettled': (id) => ({ archiveInstanceId: instance.archiveInstanceIdContext(id) }),
  'intake/IntakeRefused': (id) => ({
    headers: intake.headersContext(id),
    errors: intake.errorsContext(id),
  }),
  'deadletter/LetterParked': (id) => ({
    key: letter.keyContext(id),
    value: letter.valueContext(id, 0),
    headers: letter.headersContext(id),
  }),
  'deadletter/LetterEdited': (id, data) => ({ value: letter.valueContext(id, Number(data['edition'])) }),
};

/** Undefined for an event that holds nothing sealed. @throws ZodError for a form this version does not know. */
export const sealedFieldsOf = (
  category: string,
  type: string,
  id: string,
  data: Data,
): Contexts | undefined => {
  const found = Object.entries(table).find(([name]) => name === `${category}/${type}`);
  return found?.[1](id, data);
};
