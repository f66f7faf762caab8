import type { StoredEvent } from '../generated/shapes.ts';
import { addressOf } from '../http/address.ts';
import { follow } from './follow.ts';
import type { FollowDeps, FollowOptions } from './follow.ts';

const PATH = '/api/v1/feed/sse';

export type EventSelection = {
  readonly category?: string | undefined;
  readonly type?: string | undefined;
  readonly stream?: string | undefined;
  readonly correlationId?: string | undefined;
  /** `start`, `now` (unless given), or a cursor: the feed begins behind the event it came with. */
  readonly from?: string | undefined;
};

export type FollowEventsOptions = FollowOptions & {
  /** Told once everything there was has been handed out; what follows is new. */
  readonly onCaughtUp?: ((cursor: string) => void) | undefined;
};

/** Keep the cursor once the event is dealt with: a feed from there continues behind it. */
export type FedEvent = { readonly event: StoredEvent; readonly cursor: string };

type Scalar = string | number | boolean;

export type Condition =
  | { readonly field: string; readonly op: 'eq' | 'lt' | 'lte' | 'gt' | 'gte'; readonly value: Scalar }
  | { readonly field: string; readonly op: 'in'; readonly value: readonly Scalar[] }
  | { readonly field: string; readonly op: 'prefix' | 'contains'; readonly value: string };

export type DocumentSelection = {
  /** A read model, like `sagas`; docs/feeds.md lists them. */
  readonly collection: string;
  /** All must be met. */
  readonly where?: readonly Condition[] | undefined;
};

type Body = Readonly<Record<string, unknown>>;

/**
 * `snapshot`: all documents that meet the conditions, by id; it replaces whatever was there before. `changed`: one
 * of them is like this now, or, null, is not among them any more.
 */
export type FedDocuments =
  | { readonly type: 'snapshot'; readonly documents: ReadonlyMap<string, Body>; readonly cursor: string }
  | {
      readonly type: 'changed';
      readonly documentId: string;
      readonly body: Body | null;
      readonly cursor: string;
    };

/**
 * What happens, as it happens. Connections that are cut are made again, and continue where they were: events come
 * once each and in their order, documents begin with a new snapshot. Ends with the signal; throws a FeedEnded or a
 * SkaldProblem where it cannot go on. Whoever reads slowly is served slowly.
 */
export const feeds = (deps: FollowDeps) => ({
  events: (selection: EventSelection = {}, options: FollowEventsOptions = {}) =>
    followEvents(deps, selection, options),
  documents: (selection: DocumentSelection, options: FollowOptions = {}) =>
    followDocuments(deps, selection, options),
});

const feedAddressOf = (base: URL, query: Readonly<Record<string, string | undefined>>): URL => {
  const url = addressOf(base, PATH);
  for (const [name, value] of Object.entries(query)) {
    if (value !== undefined) url.searchParams.set(name, value);
  }
  return url;
};

async function* followEvents(
  deps: FollowDeps,
  { from = 'now', ...selection }: EventSelection,
  options: FollowEventsOptions,
): AsyncGenerator<FedEvent, void, undefined> {
  let cursor = from;
  const address = (): URL => feedAddressOf(deps.base, { ...selection, from: cursor });
  for await (const frame of follow(deps, address, options)) {
    if (frame.type === 'event') {
      // Kept only when the next event is asked for: an event that was never taken comes again.
      yield { event: frame.event, cursor: frame.cursor };
      cursor = frame.cursor;
    } else if (frame.type === 'caughtUp') {
      cursor = frame.cursor;
      options.onCaughtUp?.(frame.cursor);
    }
  }
}

async function* followDocuments(
  deps: FollowDeps,
  { collection, where = [] }: DocumentSelection,
  options: FollowOptions,
): AsyncGenerator<FedDocuments, void, undefined> {
  const url = feedAddressOf(deps.base, { collection, where: JSON.stringify(where) });
  let collected = new Map<string, Body>();
  const forget = (): void => void (collected = new Map());
  for await (const frame of follow(deps, () => url, options, forget)) {
    if (frame.type === 'snapshotDocument') collected.set(frame.documentId, frame.body);
    else if (frame.type === 'snapshotEnd') {
      yield { type: 'snapshot', documents: collected, cursor: frame.cursor };
      forget();
    } else if (frame.type === 'changed') {
      const { documentId, body, cursor } = frame;
      yield { type: 'changed', documentId, body, cursor };
    }
  }
}
