// What somebody could do to the log of an event store server, one thing at a time.
import { z } from 'zod';
import { storedEvent } from '../../src/domain/stored-event.ts';
import { hashOf, metadataText } from '../../src/infra/event-store/eventstoredb/stored-event.ts';
import { ZERO_HASH } from '../../src/infra/event-store/hash.ts';
import type { EventLog } from './eventstoredb/log.ts';
import type { LogRecord } from './eventstoredb/log-types.ts';
import type { Damage, Pick } from './log-damage.ts';

const PREFIX = 'n1.';
const oneOf = <Item>(pick: Pick, items: readonly Item[]): Item => {
  const item = items[pick(items.length)];
  if (item === undefined) throw new Error('nothing to choose from');
  return item;
};
const nameOf = ({ stream }: LogRecord): string => stream.slice(PREFIX.length);

type Doing = {
  readonly pick: Pick;
  readonly all: readonly LogRecord[];
  /** Those that a checkpoint covers, and those of the witness. */
  readonly signed: readonly LogRecord[];
  readonly own: readonly LogRecord[];
};
type Done = Damage & { readonly records: readonly LogRecord[] };

const replaced = (all: readonly LogRecord[], by: ReadonlyMap<LogRecord, LogRecord>): readonly LogRecord[] =>
  all.map((record) => by.get(record) ?? record);

const flip = ({ pick, all, own }: Doing): Done => {
  const record = oneOf(pick, own);
  const field = oneOf(pick, ['data', 'metadata'] as const);
  const bytes = Buffer.from(record[field]);
  const at = pick(bytes.length);
  bytes.writeUInt8(bytes.readUInt8(at) ^ (1 << pick(8)), at);
  const records = replaced(all, new Map([[record, { ...record, [field]: bytes }]]));
  return { what: `byte ${at} of ${field} of ${nameOf(record)}`, streams: [nameOf(record)], records };
};

/** What follows in the stream moves up. */
const renumbered = (records: readonly LogRecord[], stream: string): readonly LogRecord[] => {
  let next = -1n;
  return records.map((record) => (record.stream === stream ? { ...record, revision: (next += 1n) } : record));
};

const drop = ({ pick, all, signed }: Doing): Done => {
  const dropped = oneOf(pick, signed);
  const left = all.filter((record) => record !== dropped);
  const records = pick(2) === 0 ? left : renumbered(left, dropped.stream);
  return { what: `dropped ${nameOf(dropped)} ${dropped.revision}`, streams: [nameOf(dropped)], records };
};

const swap = ({ pick, all, signed }: Doing): Done => {
  const one = oneOf(pick, signed);
  const other = oneOf(
    pick,
    signed.filter((record) => record !== one),
  );
  const with_ = (record: LogRecord, { data, metadata, id }: LogRecord) => ({ ...record, data, metadata, id });
  const records = replaced(
    all,
    new Map([
      [one, with_(one, other)],
      [other, with_(other, one)],
    ]),
  );
  return { what: 'swapped two', streams: [nameOf(one), nameOf(other)], records };
};

const stored = storedEvent.shape.metadata.omit({ recordedAt: true }).extend({ hash: z.string() });
const metadataIn = (bytes: Uint8Array) => stored.parse(JSON.parse(Buffer.from(bytes).toString()));

/** The record as a sound event behind `prev`: whoever can write to the log can do this. */
const chained = (record: LogRecord, prev: string): LogRecord => {
  const { schemaVersion, owner, bodyHash, ...rest } = metadataIn(record.metadata);
  const { actor, commandId, causationId, correlationId } = rest;
  const common = {
    ...{ actor, commandId, causationId, correlationId },
    ...(owner === undefined ? {} : { owner }),
    ...(bodyHash === undefined ? {} : { bodyHash }),
  };
  const event = {
    ...{ stream: nameOf(record), revision: Number(record.revision), eventId: record.id, type: record.type },
    ...{ schemaVersion, data: record.data },
  };
  const text = metadataText(common, schemaVersion, hashOf(prev, event, common));
  return { ...record, metadata: Buffer.from(text) };
};

/** One event says something else, and every hash behind it in its stream is computed anew. */
const rewrite = ({ pick, all, signed }: Doing): Done => {
  const changed = oneOf(pick, signed);
  const by = new Map<LogRecord, LogRecord>();
  let prev = ZERO_HASH;
  for (const record of all.filter(({ stream }) => stream === changed.stream)) {
    const data = record === changed ? Buffer.from('{"note":"another"}') : record.data;
    const next = record.revision < changed.revision ? record : chained({ ...record, data }, prev);
    prev = metadataIn(next.metadata).hash;
    by.set(record, next);
  }
  const what = `rewrote ${nameOf(changed)} from ${changed.revision} on`;
  return { what, streams: [nameOf(changed)], records: replaced(all, by) };
};

/** A sound event at the end of a stream, among those that were signed. */
const insert = ({ pick, all, signed }: Doing): Done => {
  const [copied, before] = [oneOf(pick, signed), oneOf(pick, signed)];
  const at = all.indexOf(before);
  const { commit, prepare } = before.position;
  // Between the one before it and itself: positions have room.
  const position = { commit: commit - 1n, prepare: prepare - 1n };
  const last = all.findLast(({ stream }) => stream === copied.stream) ?? copied;
  const next = { ...copied, id: crypto.randomUUID(), revision: last.revision + 1n, position };
  const inserted = chained(next, metadataIn(last.metadata).hash);
  const records = [...all.slice(0, at), inserted, ...all.slice(at)];
  return { what: `inserted into ${nameOf(copied)}`, streams: [nameOf(copied)], records };
};

const cut = ({ pick, all, signed }: Doing): Done => {
  const { stream, revision } = oneOf(pick, signed);
  const records = all.filter((record) => record.stream !== stream || record.revision < revision);
  return { what: `cut ${stream} from ${revision} on`, streams: [stream.slice(PREFIX.length)], records };
};

const dropStream = ({ pick, all, signed }: Doing): Done => {
  const { stream } = oneOf(pick, signed);
  const records = all.filter((record) => record.stream !== stream);
  return { what: `dropped ${stream}`, streams: [stream.slice(PREFIX.length)], records };
};

const dropWitness = ({ all }: Doing): Done => ({
  ...{ what: 'dropped the witness', streams: ['witness-log'] },
  records: all.filter(({ stream }) => !stream.startsWith(`${PREFIX}witness-`)),
});

const KINDS = [flip, drop, swap, rewrite, insert, cut, dropStream, dropWitness];

/** Does one of these things to the double's log. @param covered up to which revision each stream was signed */
export const damageRecords = (log: EventLog, pick: Pick, covered: ReadonlyMap<string, number>) => {
  const all = log.visible();
  const own = all.filter(({ stream }) => /^n1\.(?:saga|worker|instance|witness)-/.test(stream));
  const signed = own.filter((record) => record.revision <= (covered.get(nameOf(record)) ?? -1));
  const { records, ...damage } = oneOf(pick, KINDS)({ pick, all, own, signed });
  return { damage, undo: log.tamper(() => records) };
};
