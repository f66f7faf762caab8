import type { ReplayFilter } from '../../domain/replay/events.ts';
import { sagaStream } from '../../domain/saga/aggregate.ts';
import { categoryOf } from '../../domain/stream-name.ts';
import type { EventStore, Position, StoredEvent } from '../../infra/event-store/port.ts';

type Log = Pick<EventStore, 'readAll' | 'readStream'>;

export type Matching = {
  readonly events: readonly StoredEvent[];
  /** Everything up to here was looked at. */
  readonly position: Position;
};

type Range = { readonly after: Position; readonly upTo: Position };

const PAGE = 500;

/** Events that a filter lets through, in log order, page by page; a page may be empty. @throws what the log throws. */
export async function* matching(log: Log, filter: ReplayFilter, range: Range): AsyncGenerator<Matching> {
  const isWanted = wantedBy(filter);
  for await (const { events, position } of pagesOf(log, filter, range)) {
    const known = events.filter((event) => event.position <= range.upTo);
    const reached = position < range.upTo ? position : range.upTo;
    yield { events: known.filter(isWanted), position: reached };
    // Times may go back along the log, where another leader's clock was behind: only the position tells the end.
    if (reached === range.upTo) return;
  }
}

const pagesOf = (log: Log, filter: ReplayFilter, range: Range): AsyncGenerator<Matching> => {
  const stream = filter.stream ?? (filter.flowId === null ? null : sagaStream(filter.flowId));
  return stream === null ? pagesOfLog(log, filter, range) : pagesOfStream(log, stream, range);
};

async function* pagesOfLog(
  log: Log,
  { categories }: ReplayFilter,
  { after }: Range,
): AsyncGenerator<Matching> {
  const only = categories.length === 0 ? {} : { categories };
  for (let position = after; ;) {
    const slice = await log.readAll({ after: position, ...only, max: PAGE });
    yield slice;
    if (slice.isEnd) return;
    position = slice.position;
  }
}

async function* pagesOfStream(log: Log, stream: string, { after, upTo }: Range): AsyncGenerator<Matching> {
  for (let from = 0; ;) {
    const { events, head } = await log.readStream(stream, { from, direction: 'forwards', max: PAGE });
    const last = events.at(-1);
    if (last === undefined) return;
    yield { events: events.filter(({ position }) => position > after), position: last.position };
    if (last.revision >= head || last.position >= upTo) return;
    from = last.revision + 1;
  }
}

const wantedBy = (filter: ReplayFilter): ((event: StoredEvent) => boolean) => {
  const { from, to, stream, correlationId, flowId } = filter;
  const [types, excluded, categories] = [filter.types, filter.excludeTypes, filter.categories].map(
    (names) => new Set(names),
  );
  const run = flowId === null ? null : sagaStream(flowId);
  const isTyped = ({ type }: StoredEvent): boolean =>
    (types?.size === 0 || types?.has(type) === true) && excluded?.has(type) === false;
  const isInTime = ({ metadata: { recordedAt } }: StoredEvent): boolean =>
    (from === null || recordedAt >= from) && (to === null || recordedAt < to);
  const isThere = (event: StoredEvent): boolean =>
    [stream, run].every((name) => name === null || name === event.stream) &&
    (categories?.size === 0 || categories?.has(categoryOf(event.stream)) === true);
  return (event) =>
    isTyped(event) &&
    isInTime(event) &&
    isThere(event) &&
    (correlationId === null || event.metadata.correlationId === correlationId);
};
