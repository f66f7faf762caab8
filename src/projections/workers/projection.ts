import { parseOrchestrationEvent } from '../../domain/orchestration/events.ts';
import type { OrchestrationEvent } from '../../domain/orchestration/events.ts';
import { idOf } from '../../domain/stream-name.ts';
import { projection } from '../projection.ts';
import { foldable, textIn } from '../stored-form.ts';
import { worker, WORKERS } from './read-model.ts';
import type { Worker } from './read-model.ts';

const parse = foldable(parseOrchestrationEvent);

/** Every service that serves a step, with what it serves where; gone once it serves nothing any more. */
export const workers = projection<Worker>({
  spec: {
    name: WORKERS,
    fields: { service: 'text', orchNames: 'text[]', serves: 'text[]', updatedAt: 'text' },
    indexes: [['service']],
    history: false,
  },
  version: 1,
  categories: ['orchestration'],
  document: worker,
  keysOf: (event) => (event.type === 'WorkersRegistered' ? textIn(event.data, 'service') : []),
  fold: (before, stored, service) => {
    const event = parse(stored);
    if (event.type !== 'WorkersRegistered') return before;
    const at = stored.metadata.recordedAt;
    const orchestrations = withOrchestration(before, idOf(stored.stream), event.data.steps, at);
    if (orchestrations.length === 0) return null;
    const orchNames = orchestrations.map(({ orchName }) => orchName);
    const serves = orchestrations.flatMap(({ orchName, steps }) =>
      steps.map(({ name }) => `${orchName}/${name}`),
    );
    const times = { registeredAt: before?.registeredAt ?? at, updatedAt: at };
    return { service, orchestrations, orchNames, serves, ...times, position: stored.position };
  },
});

type Served = Worker['orchestrations'][number];
type Registered = Extract<OrchestrationEvent, { type: 'WorkersRegistered' }>['data']['steps'];

/** A registration names all steps the service serves in the orchestration: it replaces what was there. */
const withOrchestration = (
  before: Worker | null,
  orchName: string,
  registered: Registered,
  at: string,
): Served[] => {
  const all = before?.orchestrations ?? [];
  const known = all.find((served) => served.orchName === orchName);
  const others = all.filter((served) => served.orchName !== orchName);
  if (registered.length === 0) return others;
  const since = new Map(known?.steps.map((step) => [step.name, step.since]));
  const steps = registered.map((step) => ({ ...step, since: since.get(step.name) ?? at }));
  const served = { orchName, steps, registeredAt: known?.registeredAt ?? at };
  return [...others, served].sort((a, b) => (a.orchName < b.orchName ? -1 : 1));
};
