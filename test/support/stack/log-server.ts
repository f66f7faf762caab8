import { NotAvailable } from '../servers/not-available.ts';
import { startEventStoreDb } from '../servers/eventstoredb.ts';
import { startEventStoreDouble } from '../eventstoredb/double.ts';

export type LogServer = {
  readonly url: string;
  readonly version: string;
  readonly source: string;
  readonly stop: () => Promise<void>;
};

/** EventStoreDB where there is one, else the double. */
export const startLogServer = async (): Promise<LogServer> => {
  try {
    return await startEventStoreDb();
  } catch (error) {
    if (!(error instanceof NotAvailable)) throw error;
    const { url, stop } = await startEventStoreDouble();
    return { url, version: 'wire protocol', source: 'double', stop };
  }
};
