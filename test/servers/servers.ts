import { startEventStoreDb } from '../support/servers/eventstoredb.ts';
import { startKafka } from '../support/servers/kafka.ts';
import { startMongo } from '../support/servers/mongo.ts';
import { NotAvailable } from '../support/servers/not-available.ts';

export const SERVERS = ['eventstoredb', 'mongodb', 'kafka'] as const;
export type ServerName = (typeof SERVERS)[number];

export type Probe =
  | { readonly kind: 'there'; readonly product: string; readonly version: string; readonly source: string }
  | { readonly kind: 'not-available'; readonly why: string };

/** A spec file needs the servers whose launchers it imports. */
export const serversNeededBy = (source: string): readonly ServerName[] =>
  SERVERS.filter((name) => IMPORTS[name].test(source));

const IMPORTS: Readonly<Record<ServerName, RegExp>> = {
  eventstoredb: /support\/servers\/eventstoredb|support\/servers\/all/,
  mongodb: /support\/servers\/mongo|support\/servers\/all/,
  kafka: /support\/servers\/kafka|support\/servers\/all/,
};

/** Starts a server and stops it again: whether it can be had, and which one that is. */
export const probe = async (name: ServerName): Promise<Probe> => {
  try {
    return await PROBES[name]();
  } catch (error) {
    if (!(error instanceof NotAvailable)) throw error;
    return { kind: 'not-available', why: error.message };
  }
};

type Started = { readonly version: string; readonly source: string; readonly stop: () => Promise<void> };

const found = async (product: string, { version, source, stop }: Started): Promise<Probe> => {
  await stop();
  return { kind: 'there', product, version, source };
};

const PROBES: Readonly<Record<ServerName, () => Promise<Probe>>> = {
  eventstoredb: async () => found('EventStoreDB', await startEventStoreDb()),
  mongodb: async () => found('MongoDB', await startMongo()),
  kafka: async () => found('Apache Kafka', await startKafka()),
};
