import { setTimeout as wait } from 'node:timers/promises';
import { Kafka, logLevel } from 'kafkajs';
import { quietNegativeTimeouts } from '../../../../src/infra/message-bus/kafka/timeout-warning.ts';
import { NotAvailable } from '../not-available.ts';

const WITHIN_MS = 60_000;
const PAUSE_MS = 200;

/** Resolves once a broker answers a request about its cluster. @throws NotAvailable after a minute */
export const answers = async (brokers: string): Promise<void> => {
  quietNegativeTimeouts();
  const from = performance.now();
  for (;;) {
    try {
      await askOnce(brokers);
      return;
    } catch (error) {
      if (performance.now() - from > WITHIN_MS)
        throw new NotAvailable(`no answer from ${brokers}: ${String(error)}`, { cause: error });
    }
    await wait(PAUSE_MS);
  }
};

const askOnce = async (brokers: string): Promise<void> => {
  const admin = new Kafka({
    brokers: brokers.split(','),
    clientId: 'skald-launcher',
    logLevel: logLevel.NOTHING,
    connectionTimeout: 1000,
    requestTimeout: 5000,
    retry: { retries: 0 },
  }).admin();
  try {
    await admin.connect();
    const cluster = await admin.describeCluster();
    if (cluster.brokers.length === 0) throw new Error('the cluster has no broker yet');
  } finally {
    await admin.disconnect();
  }
};
