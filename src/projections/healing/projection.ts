import { parserOf } from '../../domain/aggregate.ts';
import type { EventOf } from '../../domain/aggregate.ts';
import { orchestrationEvents, orchestrationSchemaVersion } from '../../domain/orchestration/events.ts';
import { sagaEvents } from '../../domain/saga/events.ts';
import type { StoredEvent } from '../../infra/event-store/port.ts';
import { projection } from '../projection.ts';
import { foldableUpTo, memberOf, streamId, textIn } from '../stored-form.ts';
import { opened, resumed, supplied, waitedToo } from './diary.ts';
import { diary, HEALING } from './read-model.ts';
import type { Diary } from './read-model.ts';

const { StepWaiting, StepHealed } = sagaEvents;
const { WorkersRegistered } = orchestrationEvents;
const events = { StepWaiting, StepHealed, WorkersRegistered };
type Event = EventOf<typeof events>;

// Both nouns are at their first form; the day one is not, each gets a parser of its own here.
const parse = foldableUpTo<Event>(orchestrationSchemaVersion, parserOf(events));

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
      return [...new Set(stepsIn(event))].map((step) => `${streamId(event)}/${step}`);
    if (event.type !== 'StepWaiting' && event.type !== 'StepHealed') return [];
    const [orchName, step] = [...textIn(event.data, 'orchName'), ...textIn(event.data, 'step')];
    return orchName === undefined || step === undefined ? [] : [`${orchName}/${step}`];
  },
  fold: (before, stored) => {
    const event = parse(stored);
    const at = stored.metadata.recordedAt;
    const after = afterEvent(before, event, at);
    return after === null || after === before ? after : { ...after, position: stored.position };
  },
});

const stepsIn = ({ data }: StoredEvent): readonly string[] => {
  const steps = memberOf(data, 'steps');
  return Array.isArray(steps) ? steps.flatMap((step: unknown) => textIn(step, 'name')) : [];
};

const afterEvent = (before: Diary | null, event: Event, at: string): Diary | null => {
  switch (event.type) {
    case 'StepWaiting': {
      const { orchName, step, since } = event.data;
      return before === null
        ? opened({ orchName, step }, new Date(since).toISOString())
        : waitedToo(before, since);
    }
    case 'StepHealed':
      return before === null ? null : resumed(before, event.data.service, at);
    case 'WorkersRegistered':
      return before === null ? null : supplied(before, event.data.service, at);
  }
};
