import type { DatabaseSync } from 'node:sqlite';
import { LogDamaged } from '../errors.ts';
import { behindHead } from './behind.ts';
import type { Heads, StreamHead } from './heads.ts';
import { NO_HASH } from './heads.ts';
import type { Inserts } from './insert.ts';
import type { End } from './log-end.ts';
import type { PackedAppend } from './packed-views.ts';
import { expectedHash } from './packed-views.ts';
import type { AppendReply } from './protocol.ts';

export type Append = { readonly nowMs: number; readonly request: PackedAppend };
/** The reply, and the log's end behind the append: it moves only where something was written. */
export type Outcome = { readonly reply: AppendReply; readonly end: End };

type Found =
  | { readonly kind: 'writable'; readonly head: StreamHead | undefined }
  | { readonly kind: 'answered'; readonly reply: AppendReply };

/** Decides one append inside the running transaction, and writes it where it may be written. */
export const appendsTo = (
  db: DatabaseSync,
  heads: Heads,
  inserts: Inserts,
): ((append: Append, end: End) => Outcome) => {
  const behind = behindHead(db);
  const find = (request: PackedAppend): Found => {
    const head = heads.of(request.stream);
    if (head === undefined && request.expectedRevision >= 0) return answered({ kind: 'conflict' });
    if (head !== undefined && head.revision !== request.expectedRevision)
      return answered(behind(request, head));
    const hash = head?.hash ?? NO_HASH;
    return hash === expectedHash(request) ? { kind: 'writable', head } : answered(foreignHash(request));
  };
  return ({ nowMs, request }, end) => {
    const found = readable(() => find(request));
    if (found.kind === 'answered') return { reply: found.reply, end };
    const position = end.position + 1;
    const recordedAtMs = Math.max(end.recordedAtMs, Math.min(nowMs, LATEST_MS));
    const head = found.head ?? heads.add(request.stream);
    heads.move(request.stream, inserts.append(request, { position, recordedAtMs, head }));
    return {
      reply: { kind: 'written', position, recordedAtMs },
      end: { position: end.position + request.events.length, recordedAtMs },
    };
  };
};

/** Later times have a longer text than the one that is left open for it. */
const LATEST_MS = Date.UTC(10_000, 0) - 1;

const answered = (reply: AppendReply): Found => ({ kind: 'answered', reply });

const foreignHash = ({ stream, expectedRevision }: PackedAppend): AppendReply => ({
  kind: 'refused',
  code: 'integrity',
  detail: `${stream} has another hash at revision ${String(expectedRevision)} than the expected one`,
});

/** A damaged stream refuses its own appends only: nothing of this one has been written yet. */
const readable = (find: () => Found): Found => {
  try {
    return find();
  } catch (error) {
    if (!(error instanceof LogDamaged)) throw error;
    return answered({ kind: 'refused', code: 'integrity', detail: error.message });
  }
};
