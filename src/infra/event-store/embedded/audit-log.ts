import type { DatabaseSync, SQLOutputValue } from 'node:sqlite';
import { openDatabase } from '../../sqlite/open.ts';
import { LogDamaged } from '../errors.ts';
import { auditReads } from './audit-reads.ts';
import type { AuditReads } from './audit-reads.ts';
import { pagesOf, rowsIn } from './page.ts';
import { EVENT_COLUMNS, eventRow, numberIn, rowsOf, textIn } from './row.ts';
import type { Columns, EventRow } from './row.ts';
import { checkLayout, logIdOf } from './schema.ts';
import { WHOLE } from './selects.ts';
import type { KnownInLog } from './row-names.ts';
import { knownIn } from './row-names.ts';
import { storedCheck } from './stored-check.ts';

/** Something that is not as it was written; revision -1 where the damage hides it. */
export type AuditFinding = { readonly stream: string; readonly revision: number; readonly detail: string };
type Step = { readonly events: number; readonly findings: readonly AuditFinding[] };

export type LogAudit = {
  readonly total: number;
  /** Each step checks up to 5000 events. */
  readonly steps: Iterable<Step>;
};

export type AuditedLog = AuditReads & {
  readonly logId: string;
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
  return {
    logId: checkedId(db),
    ...auditReads(db),
    audit: (stream) => (stream === undefined ? everything(db) : oneStream(db, stream)),
    close: () => {
      db.close();
    },
  };
};

const checkedId = (db: DatabaseSync): string => {
  try {
    checkLayout(db);
    return logIdOf(db);
  } catch (error) {
    db.close();
    throw error;
  }
};

const everything = (db: DatabaseSync): LogAudit => {
  const upTo = lastPositionIn(db);
  return { total: upTo, steps: stepsIn(db, { after: 0, upTo, isLast: true }) };
};

/** Positions behind `after`, up to `upTo`; the last range looks at where streams end too. */
export type AuditRange = { readonly after: number; readonly upTo: number; readonly isLast: boolean };

const lastPositionIn = (db: DatabaseSync): number =>
  numberIn(db.prepare('SELECT ifnull(max(position), 0) AS last FROM events').get()?.['last']);

export const stepsIn = (db: DatabaseSync, { after, upTo, isLast }: AuditRange): Generator<Step> => {
  let expected = after + 1;
  const gapBefore = (position: number): readonly AuditFinding[] => {
    const [from, missing] = [expected, position - expected];
    expected = position + 1;
    if (missing === 0) return [];
    return [finding('unknown', -1, `${String(missing)} events are missing from position ${String(from)} on`)];
  };
  const ends = db.prepare(
    `SELECT name, head, (SELECT max(revision) FROM events WHERE stream_id = streams.id) AS last
     FROM streams WHERE last IS NOT head`,
  );
  return stepsOf(
    db,
    (known) => rowsBetween(db, known, after, upTo),
    ({ position }) => gapBefore(position),
    () => [...gapBefore(upTo + 1), ...(isLast ? [...beforeFirst(db), ...ends.all().map(shortened)] : [])],
  );
};

/** No log has them, and no reader of the whole log sees them. */
const beforeFirst = (db: DatabaseSync): readonly AuditFinding[] => {
  const count = numberIn(db.prepare('SELECT count(*) AS n FROM events WHERE position < 1').get()?.['n']);
  return count === 0 ? [] : [finding('unknown', -1, `${String(count)} events stand before position 1`)];
};

/** In pages: rows one by one cost more. */
function* rowsBetween(
  db: DatabaseSync,
  { learn }: KnownInLog,
  after: number,
  upTo: number,
): Generator<EventRow> {
  const pages = pagesOf(db, WHOLE);
  for (let from = after, rows = rowsIn(pages(upTo - from, from, upTo, AT_ONCE)); rows.length > 0;) {
    learn(rows);
    yield* rows;
    from = rows.at(-1)?.position ?? upTo;
    rows = rowsIn(pages(upTo - from, from, upTo, AT_ONCE));
  }
}

const oneStream = (db: DatabaseSync, name: string): LogAudit | undefined => {
  const stream = db.prepare('SELECT id, head FROM streams WHERE name = ?').get(name);
  if (stream === undefined) return undefined;
  const rows = rowsOf(
    db.prepare(`SELECT ${EVENT_COLUMNS} FROM events WHERE stream_id = ? ORDER BY revision`),
  );
  const head = numberIn(stream['head']);
  let last = -1;
  const order = ({ revision }: EventRow): readonly AuditFinding[] => {
    last = revision;
    return [];
  };
  const end = () => (last === head ? [] : [shortened({ name, head, last })]);
  return { total: head + 1, steps: stepsOf(db, () => eventRows(rows(numberIn(stream['id']))), order, end) };
};

function* eventRows(rows: Iterable<Columns>): Generator<EventRow> {
  for (const row of rows) yield eventRow(row);
}

function* stepsOf(
  db: DatabaseSync,
  rows: (known: KnownInLog) => Iterable<EventRow>,
  order: (row: EventRow) => readonly AuditFinding[],
  atEnd: () => readonly AuditFinding[],
): Generator<Step> {
  const known = knownIn(db);
  const check = storedCheck(db, known);
  let events = 0;
  let findings: AuditFinding[] = [];
  for (const row of rows(known)) {
    findings.push(...order(row), ...damageIn(row, check));
    events += 1;
    if (events % AT_ONCE !== 0) continue;
    yield { events, findings };
    findings = [];
  }
  yield { events, findings: [...findings, ...atEnd()] };
}

const damageIn = (row: EventRow, check: (row: EventRow) => void): readonly AuditFinding[] => {
  try {
    check(row);
    return [];
  } catch (error) {
    if (!(error instanceof LogDamaged)) throw error;
    return [finding(error.stream, error.revision, error.message)];
  }
};

const shortened = (row: Readonly<Record<string, SQLOutputValue>>): AuditFinding => {
  const last = row['last'] === null ? -1 : numberIn(row['last']);
  return finding(textIn(row['name']), last + 1, `the stream ends before its head ${String(row['head'])}`);
};

const finding = (stream: string, revision: number, detail: string): AuditFinding => ({
  stream,
  revision,
  detail,
});
