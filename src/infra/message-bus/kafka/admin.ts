import type { Admin, Kafka } from 'kafkajs';

/** Runs over a connection of its own: one kept open would have to be mended after each restart of a broker. */
export type WithAdmin = <Result>(use: (admin: Admin) => Promise<Result>) => Promise<Result>;

const RETRY = { retries: 3, initialRetryTime: 200, maxRetryTime: 1000 };

/** A connection of its own for each use, closed behind it. @throws what kafkajs throws once its retries are over */
export const adminOf =
  (kafka: Kafka): WithAdmin =>
  async (use) => {
    const admin = kafka.admin({ retry: RETRY });
    try {
      await admin.connect();
      return await use(admin);
    } finally {
      await admin.disconnect();
    }
  };
