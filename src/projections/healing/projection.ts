import { memberOf } from '../../domain/member-of.ts';
import { parseOrchestrationEvent } from '../../domain/orchestration/events.ts';
import type { OrchestrationEvent } from '../../domain/orchestration/events.ts';
import type { SagaEvent } from '../../domain/saga/events.ts';
import { idOf } from '../../domain/stream-name.ts';
import type { StoredEvent } from '../../infra/event-store/port.ts';
import { projection } from '../projection.ts';
import { parseSaga } from '../saga/parse.ts';
import { foldable, textIn } from '../stored-form.ts';
import { opened, resumed, supplied, waitedToo } from './diary.ts';
import { diary, HEALING } from './read-model.ts';
import type { Diary } from './read-model.ts';

const parseOrchestration = foldable(parseOrchestrationEvent);

/**
 * What was missing, for how long, how many runs waited and how they went on; one document per orchestration and
 * step. A run that ends while it waits says neither its orchestration nor its steps: whoever reads the diary
 * finds it by comparing with the runs that still wait.
 */
export const healing = projection<Diary>({
  spec: {
    name: HEALING,
    fields: { orchName: 'text', step: 'text', open: 'boolean', since: 'text' },
    indexes: [['since'], ['orchName', 'since']],
    history: false,
  },
  version: 1,
  categories: ['orchestration', 'saga'],
  document: diary,
  keysOf: (event) => {
    if (event.type === 'WorkersRegistered')
      return [...new Set(stepsIn(event))].map((step) => `${idOf(event.stream)}/${step}`);
    if (event.type !== 'StepWaiting' && event.type !== 'StepHealed') return [];
    const [orchName, step] = [...textIn(event.data, 'orchName'), ...textIn(event.data, 'step')];
    return orchName === undefined || step === undefined ? [] : [`${orchName}/${step}`];
  },
  fold: (before, stored) => {
    const event = stored.type === 'WorkersRegistered' ? parseOrchestration(stored) : parseSaga(stored);
    const at = stored.metadata.recordedAt;
    const after = afterEvent(before, event, at);
    return after === null || after === before ? after : { ...after, position: stored.position };
  },
});

const stepsIn = ({ data }: StoredEvent): readonly string[] => {
  const steps = memberOf(data, 'steps');
  return Array.isArray(steps) ? steps.flatMap((step: unknown) => textIn(step, 'name')) : [];
};

const afterEvent = (
  before: Diary | null,
  event: SagaEvent | OrchestrationEvent,
  at: string,
): Diary | null => {
  if (event.type === 'StepWaiting') {
    const { orchName, step, since } = event.data;
    return before === null
      ? opened({ orchName, step }, new Date(since).toISOString())
      : waitedToo(before, since);
  }
  if (before === null || !('service' in event.data)) return before;
  const { service } = event.data;
  if (event.type === 'StepHealed') return resumed(before, service, at);
  return event.type === 'WorkersRegistered' ? supplied(before, service, at) : before;
};
