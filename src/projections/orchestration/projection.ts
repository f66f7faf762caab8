import type { Definition, OrchestrationEvent } from '../../domain/orchestration/events.ts';
import { parseOrchestrationEvent } from '../../domain/orchestration/events.ts';
import { idOf } from '../../domain/stream-name.ts';
import type { StoredEvent } from '../../infra/event-store/port.ts';
import { foldable } from '../stored-form.ts';
import { untold, withHealing } from './healing.ts';
import type { OrchestrationView } from './read-model.ts';

const parse = foldable(parseOrchestrationEvent);

/**
 * Folds one event of stream `orchestration-<name>` into its view; an event the view holds already changes nothing.
 * @throws CannotFold for an event this version does not know.
 */
export const projectOrchestration = (
  view: OrchestrationView | undefined,
  stored: StoredEvent,
): OrchestrationView => {
  const before = view ?? emptyView(stored);
  if (stored.revision <= before.revision) return before;
  const { revision, position } = stored;
  const at = stored.metadata.recordedAt;
  const folded = withHealing(before, settled(folding(before, parse(stored))), at);
  return { ...folded, updatedAt: at, revision, position };
};

const emptyView = (stored: StoredEvent): OrchestrationView => ({
  orchName: idOf(stored.stream),
  status: 'FAILED',
  failureReason: null,
  version: null,
  definitionHash: null,
  initiator: null,
  type: null,
  onUndoFailure: null,
  steps: [],
  missingWorkers: [],
  missingSince: null,
  healedAt: null,
  services: [],
  unknownSteps: [],
  createdAt: stored.metadata.recordedAt,
  updatedAt: stored.metadata.recordedAt,
  revision: -1,
  position: stored.position,
});

const folding = (view: OrchestrationView, event: OrchestrationEvent): OrchestrationView => {
  switch (event.type) {
    case 'DefinitionRegistered': {
      const { version, hash, initiator, definition } = event.data;
      const { type, onUndoFailure, steps } = definition;
      const defined = { ...view, version, definitionHash: hash, initiator, type, onUndoFailure };
      return { ...defined, failureReason: null, ...assigned(steps, workersIn(view)) };
    }
    case 'WorkersRegistered': {
      const { service, steps } = event.data;
      const others = workersIn(view).filter((worker) => worker.service !== service);
      const added = steps.map(({ name }) => ({ service, step: name }));
      return { ...view, ...assigned(view.steps, [...others, ...added]) };
    }
    case 'DefinitionRefused':
      return { ...view, failureReason: event.data.detail };
  }
};

type Worker = { readonly service: string; readonly step: string };

/** Who serves what, known to the definition or not. */
const workersIn = ({ steps, unknownSteps }: OrchestrationView): readonly Worker[] =>
  [...steps, ...unknownSteps].flatMap(({ name, workers }) =>
    workers.map((service) => ({ service, step: name })),
  );

const assigned = (
  steps: Definition['steps'],
  workers: readonly Worker[],
): Pick<OrchestrationView, 'steps' | 'unknownSteps'> => {
  const servicesOf = (step: string) =>
    workers
      .filter((worker) => worker.step === step)
      .map(({ service }) => service)
      .sort();
  const known = new Set(steps.map(({ name }) => name));
  const unknown = [...new Set(workers.map(({ step }) => step))].filter((step) => !known.has(step)).sort();
  return {
    steps: steps.map((step) => withWorkers(step, servicesOf(step.name))),
    unknownSteps: unknown.map((name) => ({ name, workers: servicesOf(name) })),
  };
};

const withWorkers = (step: Definition['steps'][number], workers: string[]) => ({
  ...step,
  ...untold,
  workers,
  status: workers.length > 0 ? ('SUCCESS' as const) : ('PENDING' as const),
});

const settled = (view: OrchestrationView): OrchestrationView => {
  const missingWorkers = view.steps.filter(({ status }) => status === 'PENDING').map(({ name }) => name);
  if (view.version !== null)
    return { ...view, missingWorkers, status: missingWorkers.length === 0 ? 'SUCCESS' : 'PENDING' };
  const failureReason = view.failureReason ?? `Orchestration not found: ${view.orchName}`;
  return { ...view, missingWorkers, status: 'FAILED', failureReason };
};
