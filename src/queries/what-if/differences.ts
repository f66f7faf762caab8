import { canonical } from '../../domain/canonical.ts';
import type { StepAction } from '../../domain/names.ts';
import type { SagaEvent } from '../../domain/saga/events.ts';
import { sealed } from '../../domain/sealed.ts';
import type { Append } from './history.ts';

/** An event by what it is about. */
export type Place = {
  readonly type: SagaEvent['type'];
  readonly step: string | null;
  readonly action: StepAction | null;
  readonly attempt: number | null;
};

export type Change = { readonly field: string; readonly recorded: unknown; readonly decided: unknown };

export type Difference = Place & {
  /** `missing`: recorded only; `added`: decided only; `changed`: says something else; `moved`: stands elsewhere. */
  readonly kind: 'missing' | 'added' | 'changed' | 'moved';
  /** Of the recorded event; null for one that was not recorded. */
  readonly revision: number | null;
  readonly changes: readonly Change[];
};

export type Divergence = {
  /** Of the recorded event; null where the record ends. */
  readonly revision: number | null;
  readonly recorded: Place | null;
  readonly decided: Place | null;
};

type Item = { readonly event: SagaEvent; readonly revision: number; readonly key: string };

type Appends = readonly Pick<Append, 'revision' | 'events'>[];

/** Where two histories part; undefined where they are the same, event for event. */
export const firstDivergence = (recorded: Appends, decided: Appends): Divergence | undefined => {
  const [was, is] = [itemsOf(recorded), itemsOf(decided)];
  const length = Math.max(was.length, is.length);
  for (let index = 0; index < length; index += 1) {
    const [one, other] = [was[index], is[index]];
    if (one !== undefined && other !== undefined && isSame(one, other)) continue;
    return { revision: one?.revision ?? null, recorded: placeOf(one), decided: placeOf(other) };
  }
  return undefined;
};

/** Every event that differs, in the order of the record; one that was decided only where it would stand. */
export const differencesOf = (recorded: Appends, decided: Appends): readonly Difference[] => {
  const was = itemsOf(recorded);
  const is = itemsOf(decided);
  const left = new Map(was.map((item, index) => [item.key, { item, index }]));
  const found: { readonly at: number; readonly difference: Difference }[] = [];
  let last = -1;
  for (const item of is) {
    const match = left.get(item.key);
    left.delete(item.key);
    if (match === undefined) found.push({ at: last + 0.5, difference: alone('added', item) });
    else {
      const difference = between(match.item, item, match.index < last);
      if (difference !== undefined) found.push({ at: match.index, difference });
      last = Math.max(last, match.index);
    }
  }
  for (const { item, index } of left.values()) found.push({ at: index, difference: alone('missing', item) });
  return found.sort((a, b) => a.at - b.at).map(({ difference }) => difference);
};

/** Each event with a key of its own: the second one about the same thing has another than the first. */
const itemsOf = (appends: Appends): readonly Item[] => {
  const seen = new Map<string, number>();
  return appends.flatMap(({ revision, events }) =>
    events.map((event, index) => {
      const about = Object.values(placeIn(event)).join(' ');
      const times = (seen.get(about) ?? 0) + 1;
      seen.set(about, times);
      return { event, revision: revision + index, key: `${about} ${String(times)}` };
    }),
  );
};

const isSame = (one: Item, other: Item): boolean =>
  one.event.type === other.event.type && canonical(one.event.data) === canonical(other.event.data);

const between = (recorded: Item, decided: Item, isMoved: boolean): Difference | undefined => {
  const changes = changesOf(recorded.event, decided.event);
  if (changes.length === 0 && !isMoved) return undefined;
  const kind = changes.length > 0 ? 'changed' : 'moved';
  return { kind, ...placeIn(recorded.event), revision: recorded.revision, changes };
};

const alone = (kind: 'missing' | 'added', { event, revision }: Item): Difference => ({
  kind,
  ...placeIn(event),
  revision: kind === 'missing' ? revision : null,
  changes: [],
});

const changesOf = (recorded: SagaEvent, decided: SagaEvent): readonly Change[] => {
  const [was, is] = [recorded, decided].map(({ data }) => new Map<string, unknown>(Object.entries(data)));
  return [...(was?.keys() ?? [])].flatMap((field) => {
    const change = { field, recorded: was?.get(field), decided: is?.get(field) };
    if (canonical([change.recorded]) === canonical([change.decided])) return [];
    return { field, recorded: shown(change.recorded), decided: shown(change.decided) };
  });
};

/** What is sealed is for others to open: that it differs is enough to say. */
const shown = (value: unknown): unknown => (sealed.safeParse(value).success ? 'sealed' : value);

const placeOf = (item: Item | undefined): Place | null => (item === undefined ? null : placeIn(item.event));

const placeIn = ({ type, data }: SagaEvent): Place => ({
  type,
  step: 'step' in data ? data.step : null,
  action: 'action' in data ? data.action : null,
  attempt: 'attempt' in data ? data.attempt : null,
});
