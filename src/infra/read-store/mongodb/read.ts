import type { Position } from '../../event-store/port.ts';
import type { MongoConnection } from '../../mongodb/connect.ts';
import type { Row } from '../operations.ts';
import { UndeclaredField } from '../port.ts';
import { chunksOf } from './chunks.ts';
import type { OpenSlot } from './slots.ts';
import { BLOCKED, rowOfStored, rowOfVersion } from './stored-row.ts';
import type { StoredRow } from './stored-row.ts';

const MOST_SCANNED = 5000;
const OPTIONS = { maxTimeMS: 5000, projection: { f: 0 } } as const;

type Run = MongoConnection['run'];

export const rowOfId = async (run: Run, { documents }: OpenSlot, id: string): Promise<Row | undefined> => {
  const found = await run(() => documents.findOne({ _id: { $eq: id } }, OPTIONS));
  return found === null ? undefined : rowOfStored(found);
};

/** The documents of these ids that there are, each once, in no order. @throws what `run` throws */
export const foundOf = async (
  run: Run,
  { documents }: OpenSlot,
  ids: readonly string[],
  projection: Readonly<Record<string, 0 | 1>>,
): Promise<readonly StoredRow[]> => {
  const found: StoredRow[] = [];
  for (const chunk of chunksOf([...new Set(ids)])) {
    const options = { ...OPTIONS, projection, batchSize: chunk.length };
    found.push(...(await run(() => documents.find({ _id: { $in: [...chunk] } }, options).toArray())));
  }
  return found;
};

export const rowsOfIds = async (run: Run, slot: OpenSlot, ids: readonly string[]): Promise<readonly Row[]> =>
  (await foundOf(run, slot, ids, OPTIONS.projection)).map(rowOfStored);

/** As long as it takes: a generation that was sealed by an earlier version has no index for it. */
export const blockedIds = async (run: Run, { documents }: OpenSlot): Promise<readonly string[]> => {
  const found = await run(() => documents.find(BLOCKED, { projection: { _id: 1 } }).toArray());
  return found.map(({ _id }) => _id);
};

/** @throws RangeError */
export const scanned = async (
  run: Run,
  { documents }: OpenSlot,
  afterId: string | null,
  limit: number,
): Promise<readonly Row[]> => {
  if (!Number.isInteger(limit) || limit < 1 || limit > MOST_SCANNED) throw new RangeError(`limit ${limit}`);
  const behind = afterId === null ? {} : { _id: { $gt: afterId } };
  const options = { ...OPTIONS, sort: { _id: 1 }, limit, batchSize: limit } as const;
  return (await run(() => documents.find(behind, options).toArray())).map(rowOfStored);
};

/** @throws UndeclaredField */
export const versionAt = async (
  run: Run,
  { spec, versions }: OpenSlot,
  id: string,
  at: Position,
): Promise<Row | undefined> => {
  if (!spec.history) throw new UndeclaredField(`${spec.name} keeps no history`);
  const options = { maxTimeMS: 5000, sort: { from: -1 } } as const;
  const found = await run(() => versions.findOne({ id: { $eq: id }, from: { $lte: at } }, options));
  return found === null ? undefined : rowOfVersion(found);
};
