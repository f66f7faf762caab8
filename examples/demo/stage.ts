import { randomBytes } from 'node:crypto';
import { skaldApi } from './api.ts';
import { skaldClient } from './client.ts';
import { letterClient } from './letters.ts';
import type { BusAddress, Options } from './options.ts';
import type { Stage } from './part.ts';
import type { Processes } from './processes.ts';
import { openServiceBus } from './service-bus.ts';
import { stepsIn } from './work.ts';

/** A server that is there: one of our own, or the one that was named. */
type Server = {
  readonly address: string;
  readonly token: string | undefined;
  readonly topicPrefix: string;
  readonly dataDir: string;
  /** What makes names those of this play. */
  readonly tag: string;
};

export type Theatre = { readonly stage: Stage; readonly close: () => Promise<void> };

/** Where the story is played. `dataDir` is for a Skald of its own. */
export const openTheatre = async (
  options: Options,
  processes: Processes,
  { dataDir, deadline }: { readonly dataDir: string; readonly deadline: AbortSignal },
): Promise<Theatre> => {
  const server =
    options.url === undefined
      ? await ownServer(options.bus, processes, dataDir)
      : serverThere(options, options.url);
  const { address, token, topicPrefix: prefix, tag } = server;
  const api = skaldApi(address, token, deadline);
  const busAddress = addressOf(options.bus, server.dataDir);
  const bus = busAddress === undefined ? undefined : await openServiceBus(busAddress);
  const named = (orchName: string): string => orchName + tag;
  const startWorker: Stage['startWorker'] = (service, ...offers) => {
    const own = stepsIn(offers).map(({ orchName, names }) => ({ orchName: named(orchName), names }));
    const paths = own.flatMap(({ orchName, names }) => names.map((name) => `${orchName}/${name}`));
    const known = Object.fromEntries(own.map(({ orchName, names }) => [orchName, names]));
    const name = service + tag;
    if (options.workers === 'sdk') processes.worker('sdk-worker.ts', address, name, JSON.stringify(known));
    else if (options.workers === 'kafka' && busAddress !== undefined)
      processes.worker('bus-worker.ts', busAddress, prefix, name, ...paths);
    else processes.worker('worker.ts', address, name, ...paths);
  };
  const stage = {
    ...{ skald: skaldClient(api), letters: letterClient(api), named, startWorker },
    records: bus && { bus, prefix, deadline },
    tell: (line: string) => console.log(`   ${line}`),
  };
  console.log(`Skald serves on ${address}; bus: ${options.bus.kind}, workers over ${options.workers}\n`);
  return { stage, close: async () => bus?.close() };
};

const addressOf = (bus: BusAddress, dataDir: string): string | undefined => {
  switch (bus.kind) {
    case 'off':
      return undefined;
    case 'embedded':
      return `embedded:${dataDir}`;
    case 'kafka':
      return `kafka:${bus.brokers}`;
  }
};

const TAG_BYTES = 3;
const aName = (): string => randomBytes(TAG_BYTES).toString('hex');

const serverThere = ({ bus, topicPrefix = 'orchestrator' }: Options, url: string): Server => ({
  address: url,
  token: process.env['SKALD_TOKEN'],
  topicPrefix,
  dataDir: bus.kind === 'embedded' ? (bus.dataDir ?? '') : '',
  tag: `-${aName()}`,
});

/** On servers everything it has is named after it: nobody else's records are read there, and nobody reads its own. */
const ownServer = async (bus: BusAddress, processes: Processes, dataDir: string): Promise<Server> => {
  const isShared = bus.kind === 'kafka' || has('EVENTSTOREDB_URL');
  const topicPrefix = isShared ? `demo${aName()}` : 'orchestrator';
  if (isShared) console.log(`Its namespace on servers, and what its topics begin with: ${topicPrefix}`);
  const address = await processes.skald({
    ...{ DATA_DIR: dataDir, BUS: bus.kind, TOPIC_PREFIX: topicPrefix },
    ...(bus.kind === 'kafka' ? { KAFKA_BROKERS: bus.brokers } : {}),
    // A broker refuses a new topic for a moment and is asked again: a warning elsewhere, no news in a story.
    ...(isShared ? { NAMESPACE: topicPrefix, LOG_LEVEL: 'error' } : {}),
    ...masterKey(),
  });
  return { address, token: undefined, topicPrefix, dataDir, tag: '' };
};

const KEY_BYTES = 32;

/** In a data directory Skald makes its own. */
const masterKey = (): Readonly<Record<string, string>> => {
  const isNeeded = has('EVENTSTOREDB_URL') && !has('MASTER_KEY') && !has('MASTER_KEY_FILE');
  return isNeeded ? { MASTER_KEY: randomBytes(KEY_BYTES).toString('hex') } : {};
};

const has = (name: string): boolean => (process.env[name] ?? '') !== '';
