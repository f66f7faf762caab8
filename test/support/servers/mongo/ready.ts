import { MongoClient } from 'mongodb';

const WITHIN_MS = 60_000;

/** Waits until a server takes writes there, and answers its version. */
export const isAnswering = async (url: string): Promise<string> => {
  const client = new MongoClient(url, { serverSelectionTimeoutMS: WITHIN_MS, heartbeatFrequencyMS: 500 });
  try {
    const { version } = await client.db().command({ buildInfo: 1 });
    return String(version);
  } finally {
    await client.close();
  }
};
