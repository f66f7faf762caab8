import type { StoredEvent } from '../generated/shapes.ts';

type Body = Readonly<Record<string, unknown>>;

/** What a feed sends, as docs/feeds.md lists it. */
export type Frame =
  | { readonly type: 'event'; readonly cursor: string; readonly event: StoredEvent }
  | { readonly type: 'caughtUp' | 'lagging'; readonly cursor: string }
  | {
      readonly type: 'snapshotDocument';
      readonly cursor: string;
      readonly documentId: string;
      readonly body: Body;
    }
  | { readonly type: 'snapshotEnd'; readonly cursor: string }
  | {
      readonly type: 'changed';
      readonly cursor: string;
      readonly documentId: string;
      readonly body: Body | null;
    }
  | { readonly type: 'error'; readonly code: string; readonly detail: string }
  | { readonly type: 'resync'; readonly reason: string }
  | { readonly type: 'reauth' };

const KNOWN: ReadonlySet<unknown> = new Set([
  ...['event', 'caughtUp', 'lagging', 'snapshotDocument', 'snapshotEnd', 'changed'],
  ...['error', 'resync', 'reauth'],
]);

/** Undefined for a frame of a later version of the protocol. */
export const frameOf = (data: string): Frame | undefined => {
  const value: unknown = JSON.parse(data);
  return isFrame(value) ? value : undefined;
};

const isFrame = (value: unknown): value is Frame =>
  typeof value === 'object' && value !== null && 'type' in value && KNOWN.has(value.type);
