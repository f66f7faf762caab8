import type { Position } from '../event-store/port.ts';
import { START } from '../event-store/port.ts';
import type { DocumentFeed } from './document-feed.ts';
import { followDocuments } from './follow-documents.ts';
import type { Tap } from './event-client.ts';
import type { EventSource } from './follow-events.ts';
import { followEvents } from './follow-events.ts';
import { framed } from './frames.ts';
import type { Allowed, FeedRequest, Refused } from './port.ts';

/** Log positions as clients see them. */
export type FeedCursor = {
  readonly encode: (position: Position) => string;
  readonly decode: (
    cursor: string,
  ) =>
    | { readonly kind: 'ok'; readonly position: Position }
    | { readonly kind: 'malformed' }
    | { readonly kind: 'foreign' };
};

export type Sources = {
  readonly events: EventSource;
  readonly cursor: FeedCursor;
  readonly documents?: DocumentFeed;
  /** A feed failed for a reason that is not the client's. */
  readonly onTrouble: (error: unknown) => void;
};

/** Resolves when nothing more will be sent; the client was told why. Never rejects. */
export type Run = (tap: Tap) => Promise<void>;
export type Prepared = Refused | { readonly kind: 'prepared'; readonly run: Run };

/** A subscription that can start, or why it cannot. */
export const prepare = (sources: Sources, { request, sees, confirm }: Allowed): Prepared => {
  const prepared =
    request.kind === 'events' ? preparedEvents(sources, request, sees) : preparedDocuments(sources, request);
  return prepared.kind === 'refused' || confirm === undefined
    ? prepared
    : guarded(sources, (tap) => confirmed(confirm, prepared.run, tap));
};

const confirmed = async (confirm: NonNullable<Allowed['confirm']>, run: Run, tap: Tap): Promise<void> => {
  const refused = await confirm();
  if (refused === undefined) return run(tap);
  tap.send(framed({ type: 'error', code: refused.code, detail: refused.detail }));
};

const preparedEvents = (
  sources: Sources,
  { selection, from }: Extract<FeedRequest, { kind: 'events' }>,
  sees: Allowed['sees'],
): Prepared => {
  const { events, cursor } = sources;
  const narrowed = sees === undefined ? {} : { sees };
  const follow = (start: () => Promise<Position>): Prepared =>
    guarded(sources, async (tap) =>
      followEvents(events, { selection, after: await start(), ...narrowed }, tap),
    );
  if (from === 'start') return follow(() => Promise.resolve(START));
  if (from === 'now') return follow(() => events.store.lastPosition());
  const decoded = cursor.decode(from);
  switch (decoded.kind) {
    case 'ok':
      return follow(() => Promise.resolve(decoded.position));
    case 'malformed':
      return refused('bad_cursor', 'the cursor was not handed out by this service, or was altered');
    case 'foreign':
      return guarded(sources, ({ send }) => {
        send(framed({ type: 'resync', reason: 'another_log' }));
        return Promise.resolve();
      });
  }
};

const preparedDocuments = (
  sources: Sources,
  { collection, where }: Extract<FeedRequest, { kind: 'documents' }>,
): Prepared => {
  const { documents, cursor } = sources;
  if (documents === undefined) return refused('unknown_collection', `there is no collection ${collection}`);
  const selection = { collection, where };
  const refusal = documents.refusalOf(selection);
  if (refusal !== undefined) return { kind: 'refused', ...refusal };
  return guarded(sources, (tap) => followDocuments(documents, cursor.encode, selection, tap));
};

const refused = (code: Refused['code'], detail: string): Refused => ({ kind: 'refused', code, detail });

const guarded = ({ onTrouble }: Sources, follow: Run): Prepared => ({
  kind: 'prepared',
  run: async (tap) => {
    try {
      await follow(tap);
    } catch (error) {
      if (!tap.signal.aborted) tellEnd(error, tap, onTrouble);
    }
  },
});

const ENDED = 'the feed cannot go on; continue later from the last cursor';

// By name: this folder knows no adapter's errors.
const tellEnd = (error: unknown, { send }: Tap, onTrouble: Sources['onTrouble']): void => {
  const name = error instanceof Error ? error.name : '';
  const tell = (code: string): void => send(framed({ type: 'error', code, detail: ENDED }));
  if (name === 'PositionUnknown') return send(framed({ type: 'resync', reason: 'beyond_the_end' }));
  if (name === 'StoreClosed') return tell('shutting_down');
  onTrouble(error);
  tell(name === 'LogDamaged' ? 'integrity' : 'internal');
};
