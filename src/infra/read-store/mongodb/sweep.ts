import type { MongoConnection } from '../../mongodb/connect.ts';

const NAMESPACE_NOT_FOUND = 26;

/** Drops the collections whose names begin with the prefix but go on with none of the keys. @throws what `run` throws */
export const sweep = async (
  { db, run }: MongoConnection,
  prefix: string,
  keys: () => Promise<readonly string[]>,
): Promise<void> => {
  // Listed before the slots are read: a slot is known before its collections are made.
  const listed = await run(() => db.listCollections({}, { nameOnly: true }).toArray());
  const kept = new Set((await keys()).flatMap((key) => [prefix + key, `${prefix}${key}.versions`]));
  const orphans = listed.filter((each) => each.name.startsWith(prefix) && !kept.has(each.name));
  for (const orphan of orphans) await run(() => db.dropCollection(orphan.name).catch(unlessGone));
};

const unlessGone = (error: unknown): void => {
  const isGone = error instanceof Error && 'code' in error && error.code === NAMESPACE_NOT_FOUND;
  if (!isGone) throw error;
};
