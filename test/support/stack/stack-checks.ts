// What must hold of a deployment, whatever befell it: by its log, by the outside world, by what left over Kafka.
import { verifyChain } from '../verify-chain.ts';
import type { StoredEvent } from '../../../src/infra/event-store/port.ts';
import { publicEventOf } from '../../../src/infra/messaging/out/public-events.ts';
import { flawsOf } from '../saga-history.ts';
import type { ReadRecord } from './read-topics.ts';
import type { StackLoad } from './stack-load.ts';

type Events = readonly StoredEvent[];

/** Everything that is wrong with log and effects, in words. */
export const stackFlaws = (
  events: Events,
  load: Pick<StackLoad, 'runs' | 'answers' | 'world'>,
): readonly string[] => {
  const streams = Map.groupBy(events, ({ stream }) => stream);
  const runs = new Map([...streams].filter(([stream]) => stream.startsWith('saga-')));
  return [
    ...flawsOf(runs, load),
    ...[...streams].flatMap(([stream, own]) =>
      verifyChain(own).kind === 'intact' ? [] : [`${stream}: its chain is broken`],
    ),
    ...effectFlaws(events, load.world),
  ];
};

const effectFlaws = (events: Events, { effects, misuses }: StackLoad['world']): readonly string[] => {
  const dispatched = new Set(events.filter(({ type }) => type === 'StepDispatched').map(effectOf));
  const done = new Map<string, number>();
  for (const effect of effects.values()) done.set(effect, (done.get(effect) ?? 0) + 1);
  const succeeded = events.filter(({ type }) => type === 'StepSucceeded').map(effectOf);
  return [
    ...misuses,
    ...[...done].flatMap(([effect, times]) => (times === 1 ? [] : [`${effect} has ${String(times)} keys`])),
    ...[...done.keys()].flatMap((effect) => (dispatched.has(effect) ? [] : [`${effect} was not intended`])),
    ...succeeded.flatMap((effect) => (done.has(effect) ? [] : [`${effect} never happened`])),
  ];
};

const effectOf = ({ stream, data }: StoredEvent): string => {
  const of = (name: string): string =>
    typeof data === 'object' && data !== null ? String(Reflect.get(data, name)) : '';
  return `${stream.slice('saga-'.length)} ${of('action')} ${of('step')}`;
};

const categoryOf = ({ stream }: StoredEvent): string => stream.slice(0, stream.indexOf('-'));

/** The events that leave. */
export const selected = (events: Events): Events =>
  events.filter((event) => publicEventOf(categoryOf(event), event.type) !== undefined);

/** What came out, without what came again, is what happened: everything, and in order for each key. */
export const publishedFlaws = (events: Events, published: readonly ReadRecord[]): readonly string[] => {
  const wanted = Map.groupBy(selected(events), ({ stream }) => stream.slice(stream.indexOf('-') + 1));
  const came = Map.groupBy(firstOfEach(published), ({ key }) => key);
  const keys = new Set([...wanted.keys(), ...came.keys()]);
  return [...keys].flatMap((key) => {
    const log = (wanted.get(key) ?? []).map(({ eventId }) => eventId).join();
    const out = (came.get(key) ?? []).map(idOf).join();
    return log === out ? [] : [`${key}: happened ${log}, came ${out}`];
  });
};

const idOf = ({ headers }: ReadRecord): string => headers['ce_id'] ?? '';

const firstOfEach = (published: readonly ReadRecord[]): readonly ReadRecord[] =>
  [...Map.groupBy(published, idOf).values()].flatMap(([first]) => first ?? []);
