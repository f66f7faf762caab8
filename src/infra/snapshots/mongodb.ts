import type { MongoConnection } from '../mongodb/connect.ts';
import type { Snapshots } from './port.ts';

type Row = { readonly _id: string; readonly logId: string; readonly position: string; readonly body: string };

export type MongoSnapshotsOptions = {
  readonly connection: Pick<MongoConnection, 'collection' | 'run'>;
  /** Of the log they are made from. */
  readonly logId: string;
};

/** Snapshots in a collection, each one document of at most 16 MiB. */
export const mongoSnapshots = ({ connection, logId }: MongoSnapshotsOptions): Snapshots => {
  const rows = connection.collection<Row>('snapshots');
  return {
    load: async (name) => {
      const row = await connection.run(() => rows.findOne({ _id: name }));
      if (row?.logId !== logId) return undefined;
      const body: unknown = JSON.parse(row.body);
      return { position: row.position, body };
    },
    save: async (name, { position, body }) => {
      const row = { logId, position, body: JSON.stringify(body) };
      await connection.run(() => rows.replaceOne({ _id: name }, row, { upsert: true }));
    },
  };
};
