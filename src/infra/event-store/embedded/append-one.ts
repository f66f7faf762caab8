import type { DatabaseSync } from 'node:sqlite';
import { LogDamaged } from '../errors.ts';
import { ZERO_HASH } from '../hash.ts';
import { behindHead } from './behind.ts';
import type { Heads, StreamHead } from './heads.ts';
import type { Inserts } from './insert.ts';
import type { End } from './log-end.ts';
import type { AppendReply, AppendRequest } from './protocol.ts';

export type Append = { readonly nowMs: number; readonly request: AppendRequest };
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
  const find = (request: AppendRequest): Found => {
    const head = heads.of(request.stream);
    if (head === undefined && request.expected.revision >= 0) return answered({ kind: 'conflict' });
    if (head !== undefined && head.revision !== request.expected.revision)
      return answered(behind(request, head));
    const hash = head?.hash ?? ZERO_HASH;
    return hash === request.expected.hash ? { kind: 'writable', head } : answered(foreignHash(request));
  };
  return ({ nowMs, request }, end) => {
    const found = readable(() => find(request));
    if (found.kind === 'answered') return { reply: found.reply, end };
    const position = end.position + 1;
    const recordedAtMs = Math.max(end.recordedAtMs, nowMs);
    const head = found.head ?? heads.add(request.stream);
    const inserted = inserts.append(request, { position, recordedAtMs, head });
    heads.move(request.stream, inserted.head);
    return {
      reply: { kind: 'written', position, recordedAtMs, hashes: inserted.hashes },
      end: { position: end.position + request.events.length, recordedAtMs },
    };
  };
};

const answered = (reply: AppendReply): Found => ({ kind: 'answered', reply });

const foreignHash = ({ stream, expected }: AppendRequest): AppendReply => ({
  kind: 'refused',
  code: 'integrity',
  detail: `${stream} has another hash at revision ${String(expected.revision)} than the expected one`,
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
