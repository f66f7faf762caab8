import type { DatabaseSync } from 'node:sqlite';
import { LogDamaged } from '../errors.ts';
import { NO_STREAM } from '../port.ts';
import { behindHead } from './behind.ts';
import { timeTexts } from './common.ts';
import type { Heads, StreamHead } from './heads.ts';
import type { Inserts } from './insert.ts';
import type { End } from './log-end.ts';
import type { AppendReply, AppendRequest } from './protocol.ts';

export type Append = { readonly nowMs: number; readonly request: AppendRequest };
/** The reply, and the log's end behind the append: it moves only where something was written. */
export type Outcome = { readonly reply: AppendReply; readonly end: End };

type Found =
  | { readonly kind: 'writable'; readonly head: StreamHead }
  | { readonly kind: 'answered'; readonly reply: AppendReply };

/** Decides one append inside the running transaction, and writes it where it may be written. */
export const appendsTo = (
  db: DatabaseSync,
  heads: Heads,
  inserts: Inserts,
): ((append: Append, end: End) => Outcome) => {
  const behind = behindHead(db);
  const timeText = timeTexts();
  const find = (request: AppendRequest): Found => {
    const { stream, expected, events } = request;
    const added = isStart(request) ? heads.add(stream, events.length - 1) : undefined;
    if (added !== undefined) return { kind: 'writable', head: added };
    const head = heads.of(stream);
    if (head === undefined) return answered(noStream(request));
    if (head.revision !== expected.revision) return answered(behind(request, head));
    return head.hash === expected.hash ? { kind: 'writable', head } : answered(foreignHash(request));
  };
  return ({ nowMs, request }, end) => {
    const found = readable(() => find(request));
    if (found.kind === 'answered') return { reply: found.reply, end };
    const { id, revision } = found.head;
    const position = end.position + 1;
    const recordedAtMs = Math.max(end.recordedAtMs, Math.min(nowMs, LATEST_MS));
    const recordedAt = timeText(recordedAtMs);
    const hashes = inserts.append(request, { position, recordedAtMs, recordedAt, head: found.head });
    const count = hashes.length;
    heads.move(request.stream, { id, revision: revision + count, hash: hashes[count - 1] ?? '' });
    return {
      reply: { kind: 'written', position, recordedAt, hashes },
      end: { position: end.position + count, recordedAtMs },
    };
  };
};

/** Later times have a longer text. */
const LATEST_MS = Date.UTC(10_000, 0) - 1;

const answered = (reply: AppendReply): Found => ({ kind: 'answered', reply });

const isStart = ({ expected }: AppendRequest): boolean =>
  expected.revision === NO_STREAM.revision && expected.hash === NO_STREAM.hash;

const noStream = (request: AppendRequest): AppendReply =>
  request.expected.revision === NO_STREAM.revision ? foreignHash(request) : { kind: 'conflict' };

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
