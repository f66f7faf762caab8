import type { DatabaseSync } from 'node:sqlite';
import { openDatabase } from '../../sqlite/open.ts';
import { LogDamaged } from '../errors.ts';
import { EVENT_COLUMNS, eventRow, numberIn, textIn } from './row.ts';
import type { EventRow } from './row.ts';
import { checkLayout } from './schema.ts';
import { storedText } from './stored-text.ts';

/** Something that is not as it was written; revision -1 where the damage hides it. */
export type AuditFinding = { readonly stream: string; readonly revision: number; readonly detail: string };
type Step = { readonly events: number; readonly findings: readonly AuditFinding[] };

export type LogAudit = {
  readonly total: number;
  /** Each step checks up to 5000 events. */
  readonly steps: Iterable<Step>;
};

export type AuditedLog = {
  readonly audit: (stream: string | undefined) => LogAudit | undefined;
  readonly close: () => void;
};

const AT_ONCE = 5000;

/**
 * Opens a log for checking what is stored, every event against its stream's chain. Damage is reported and does
 * not end the check. Blocks the thread during a step.
 *
 * @throws NewerLayout, UnsafeDatabase
 */
export const openAudit = (path: string): AuditedLog => {
  const db = openDatabase(path, { readOnly: true });
  try {
    checkLayout(db);
  } catch (error) {
    db.close();
    throw error;
  }
  return {
    audit: (stream) => (stream === undefined ? everything(db) : oneStream(db, stream)),
    close: () => {
      db.close();
    },
  };
};

const everything = (db: DatabaseSync): LogAudit => {
  const rows = db.prepare(`SELECT ${EVENT_COLUMNS} FROM events ORDER BY position`);
  let expected = 1;
  const order = ({ position }: EventRow): readonly AuditFinding[] => {
    const missing = position - expected;
    const from = expected;
    expected = position + 1;
    if (missing === 0) return [];
    return [finding('unknown', -1, `${String(missing)} events are missing from position ${String(from)} on`)];
  };
  const ends = db.prepare(
    `SELECT name, head, (SELECT max(revision) FROM events WHERE stream_id = streams.id) AS last
     FROM streams WHERE last IS NOT head`,
  );
  return {
    total: numberIn(db.prepare('SELECT count(*) AS total FROM events').get()?.['total']),
    steps: stepsOf(db, rows.iterate(), order, () => ends.all().map(shortened)),
  };
};

const oneStream = (db: DatabaseSync, name: string): LogAudit | undefined => {
  const stream = db.prepare('SELECT id, head FROM streams WHERE name = ?').get(name);
  if (stream === undefined) return undefined;
  const rows = db.prepare(`SELECT ${EVENT_COLUMNS} FROM events WHERE stream_id = ? ORDER BY revision`);
  const head = numberIn(stream['head']);
  let last = -1;
  const order = ({ revision }: EventRow): readonly AuditFinding[] => {
    last = revision;
    return [];
  };
  const end = () => (last === head ? [] : [shortened({ name, head, last })]);
  return { total: head + 1, steps: stepsOf(db, rows.iterate(numberIn(stream['id'])), order, end) };
};

type Row = Parameters<typeof eventRow>[0];

function* stepsOf(
  db: DatabaseSync,
  rows: Iterable<Row>,
  order: (row: EventRow) => readonly AuditFinding[],
  atEnd: () => readonly AuditFinding[],
): Generator<Step> {
  const toText = storedText(db);
  let events = 0;
  let findings: AuditFinding[] = [];
  for (const raw of rows) {
    const row = eventRow(raw);
    findings.push(...order(row), ...damageIn(row, toText));
    events += 1;
    if (events % AT_ONCE !== 0) continue;
    yield { events, findings };
    findings = [];
  }
  yield { events, findings: [...findings, ...atEnd()] };
}

const damageIn = (row: EventRow, toText: (row: EventRow) => string): readonly AuditFinding[] => {
  try {
    toText(row);
    return [];
  } catch (error) {
    if (!(error instanceof LogDamaged)) throw error;
    return [finding(error.stream, error.revision, error.message)];
  }
};

const shortened = (row: Row): AuditFinding => {
  const last = row['last'] === null ? -1 : numberIn(row['last']);
  return finding(textIn(row['name']), last + 1, `the stream ends before its head ${String(row['head'])}`);
};

const finding = (stream: string, revision: number, detail: string): AuditFinding => ({
  stream,
  revision,
  detail,
});
