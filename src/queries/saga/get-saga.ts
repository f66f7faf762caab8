import { sagaStream } from '../../domain/saga/aggregate.ts';
import type { EventStore } from '../../infra/event-store/port.ts';
import type { Keys } from '../../infra/keys/port.ts';
import { projectSaga } from '../../projections/saga/projection.ts';
import type { SagaDocument, SagaView } from '../../projections/saga/read-model.ts';
import { pagesIn } from '../stream/events-in.ts';
import { definitionsIn } from './definition-of-version.ts';
import { stepViews } from './step-views.ts';

type Log = Pick<EventStore, 'readStream'>;
type Deps = { readonly store: Log; readonly keys: Pick<Keys, 'open'> };

/**
 * One run, folded from its stream, with every step of the definition it is pinned to, in the order of `seq`;
 * undefined for an unknown run. What the run's key sealed is opened, unless the key was destroyed.
 */
export const getSaga = ({ store, keys }: Deps) => {
  const definitionOf = definitionsIn(store);
  return async (flowId: string): Promise<SagaView | undefined> => {
    const document = await folded(store, flowId);
    if (document === undefined) return undefined;
    const { orchName, definitionVersion: version } = document;
    const definition = version === null ? undefined : await definitionOf(orchName, version);
    const steps = await stepViews(keys, document, definition?.steps ?? []);
    return viewOf(document, steps);
  };
};

const folded = async (store: Log, flowId: string): Promise<SagaDocument | undefined> => {
  let document: SagaDocument | undefined;
  for await (const events of pagesIn(store, sagaStream(flowId)))
    for (const event of events) document = projectSaga(document, event);
  return document;
};

const viewOf = (document: SagaDocument, steps: SagaView['steps']): SagaView => {
  const { flowId, orchName, status, definitionVersion, type, initiator, waiting } = document;
  const { owner, correlationId, startedAt, endedAt, revision, position } = document;
  const results = steps.flatMap(({ name, result }) => (result === null ? [] : [[name, result] as const]));
  return {
    ...{ flowId, orchName, status, definitionVersion, type, initiator, waiting, steps },
    result: Object.fromEntries(results),
    undo: document.undo === null ? null : { ...document.undo, steps: [...document.undo.steps] },
    ...{ owner, correlationId, startedAt, endedAt, revision, position },
  };
};
