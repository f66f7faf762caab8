import type { Definition } from '../../domain/orchestration/events.ts';
import { sagaAggregate, sagaStream } from '../../domain/saga/aggregate.ts';
import { dependentsOf } from '../../domain/saga/graph.ts';
import { resultContext } from '../../domain/saga/seal-context.ts';
import { actionOf, statusOf } from '../../domain/saga/state.ts';
import type { SagaRun, SagaState } from '../../domain/saga/state.ts';
import { mayHaveHappened, undoPlan } from '../../domain/saga/undo-plan.ts';
import type { EventStore, StoredEvent } from '../../infra/event-store/port.ts';
import type { Keys } from '../../infra/keys/port.ts';
import { eventsIn } from '../stream/events-in.ts';
import { definitionsIn } from './definition-of-version.ts';
import { canUndo, undoState, undoWords } from './undo-standing.ts';
import type { PlannedUndo, UndoPlanView } from './undo-plan-view.ts';

type Deps = { readonly store: Pick<EventStore, 'readStream'>; readonly keys: Pick<Keys, 'open'> };

/**
 * What an undo of a run would undo now, in order, with what each undo gets; of a run that is being undone or was,
 * how far each undo is. Undefined for an unknown run.
 */
export const getUndoPlan =
  ({ store, keys }: Deps) =>
  async (flowId: string): Promise<UndoPlanView | undefined> => {
    const events = await eventsIn(store, sagaStream(flowId));
    const run = folded(events);
    if (run.kind === 'absent') return undefined;
    const { orchName } = run;
    const definition =
      run.definition === null ? undefined : await definitionsIn(store)(orchName, run.definition.version);
    const names = run.undo?.steps ?? undoPlan(run, definition ?? null);
    const planned = { flowId, run, definition, names };
    const steps = await Promise.all(names.map((step, index) => plannedUndo(keys, planned, step, index + 1)));
    return {
      flowId,
      orchName,
      status: statusOf(run),
      canUndo: canUndo(run),
      words: undoWords(run, steps),
      steps,
      irreversible: irreversible(run, definition),
      position: events.at(-1)?.position ?? '',
    };
  };

const folded = (events: readonly StoredEvent[]): SagaState =>
  events.reduce<SagaState>(
    (state, event) => sagaAggregate.decider.evolve(state, sagaAggregate.parse(event), event.revision),
    sagaAggregate.decider.initial,
  );

type Planned = {
  readonly flowId: string;
  readonly run: SagaRun;
  readonly definition: Definition | undefined;
  readonly names: readonly string[];
};

const plannedUndo = async (
  keys: Pick<Keys, 'open'>,
  { flowId, run, definition, names }: Planned,
  step: string,
  order: number,
): Promise<PlannedUndo> => {
  const dependents = dependentsOf(definition?.steps ?? [], step);
  return {
    order,
    step,
    outcome: outcomeOf(run, step),
    state: undoState(run, step),
    attempt: actionOf(run, step, 'undo')?.attempt ?? 0,
    after: names.filter((name) => dependents.has(name)),
    ...(await recordedOutput(keys, flowId, step, run)),
  };
};

const recordedOutput = async (keys: Pick<Keys, 'open'>, flowId: string, step: string, run: SagaRun) => {
  const sealed = actionOf(run, step, 'do')?.result?.sealed ?? null;
  if (sealed === null) return { result: null, isErased: false };
  const opened = await keys.open(sealed, resultContext(flowId, step, 'do'));
  if (opened === 'erased') return { result: null, isErased: true };
  return { result: Buffer.from(opened).toString('base64'), isErased: false };
};

const outcomeOf = (run: SagaRun, step: string): PlannedUndo['outcome'] =>
  actionOf(run, step, 'do')?.status === 'succeeded' ? 'succeeded' : 'unknown';

const irreversible = (run: SagaRun, definition: Definition | undefined): UndoPlanView['irreversible'] =>
  (definition?.steps ?? [])
    .filter(({ name, undo }) => !undo && mayHaveHappened(actionOf(run, name, 'do')))
    .map(({ name }) => ({ step: name, outcome: outcomeOf(run, name) }));
