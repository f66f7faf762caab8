import type { ChildProcess } from 'node:child_process';
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { SHORT_LIVED_JAVA } from '../short-lived-java.ts';
import { freePort } from './free-port.ts';
import type { KafkaJars } from './maven-jars.ts';

export type BrokerProcess = {
  readonly port: number;
  readonly logDirectory: string;
  readonly start: () => void;
  /** Resolves when it has ended; at once where it does not run. */
  readonly signalled: (signal: 'SIGTERM' | 'SIGKILL') => Promise<void>;
  readonly signal: (signal: 'SIGSTOP' | 'SIGCONT') => void;
  /** What it wrote last, for the message of a failed start. */
  readonly output: () => string;
  readonly remove: () => Promise<void>;
};

// 16 bytes in base64 without padding, as the tool wants it.
const CLUSTER_ID = 'c2thbGQtdGVzdC1rYWZrYQ';

/** What a broker is told beside what all are told. */
type BrokerExtras = {
  /** Members of its own replace ours; `listeners` and `advertised.listeners` are added to them. */
  readonly settings: Readonly<Record<string, string>>;
  /** Further arguments of the tool that formats its storage. */
  readonly format: readonly string[];
};

/** A formatted data directory and the process over it: controller and broker in one, one replica of everything. */
export const brokerProcess = async (jars: KafkaJars, extras?: BrokerExtras): Promise<BrokerProcess> => {
  const directory = await mkdtemp(join(tmpdir(), 'skald-kafka-'));
  const [port, controller] = [await freePort(), await freePort()];
  const settings = join(directory, 'server.properties');
  const logDirectory = join(directory, 'logs');
  await writeFile(settings, textOf(withExtras(settingsOf({ port, controller, logDirectory }), extras)));
  const java = (main: string, ...args: string[]) => ['-cp', join(jars.directory, '*'), main, ...args];
  const asked = ['format', '-t', CLUSTER_ID, '-c', settings, ...(extras?.format ?? [])];
  format(java('kafka.tools.StorageTool', ...asked));
  const process = restartable([
    ...SHORT_LIVED_JAVA,
    '-Xmx384m',
    '-Xms128m',
    ...java('kafka.Kafka', settings),
  ]);
  return {
    port,
    logDirectory,
    ...process,
    remove: () => rm(directory, { recursive: true, force: true }),
  };
};

const format = (args: readonly string[]): void => {
  const { status, stderr } = spawnSync('java', [...SHORT_LIVED_JAVA, ...args], { encoding: 'utf8' });
  if (status !== 0) throw new Error(`the storage of Kafka could not be formatted: ${stderr}`);
};

const restartable = (args: readonly string[]) => {
  let child: ChildProcess | undefined;
  let output = '';
  const killed = (): void => void child?.kill('SIGKILL');
  return {
    start: (): void => {
      const started = spawn('java', args, { stdio: ['ignore', 'pipe', 'pipe'] });
      const keep = (chunk: Buffer): void => void (output = (output + chunk.toString()).slice(-4000));
      started.stdout.on('data', keep);
      started.stderr.on('data', keep);
      process.once('exit', killed);
      child = started;
    },
    signalled: async (signal: 'SIGTERM' | 'SIGKILL'): Promise<void> => {
      process.removeListener('exit', killed);
      if (child === undefined || child.exitCode !== null || child.signalCode !== null) return;
      const ended = once(child, 'exit');
      child.kill(signal);
      // A stopped process takes no other signal.
      child.kill('SIGCONT');
      await ended;
    },
    signal: (signal: 'SIGSTOP' | 'SIGCONT'): void => void child?.kill(signal),
    output: () => output,
  };
};

type Settings = Readonly<Record<string, string | number | boolean>>;

const ADDED: readonly string[] = ['listeners', 'advertised.listeners'];

const withExtras = (own: Settings, extras?: BrokerExtras): Settings => ({
  ...own,
  ...Object.fromEntries(
    Object.entries(extras?.settings ?? {}).map(([name, value]) => [
      name,
      ADDED.includes(name) ? `${String(own[name])},${value}` : value,
    ]),
  ),
});

const textOf = (settings: Settings): string =>
  Object.entries(settings)
    .map(([name, value]) => `${name}=${String(value)}\n`)
    .join('');

const settingsOf = (own: { port: number; controller: number; logDirectory: string }): Settings => ({
  'process.roles': 'broker,controller',
  'node.id': 1,
  'controller.quorum.voters': `1@127.0.0.1:${String(own.controller)}`,
  listeners: `PLAINTEXT://127.0.0.1:${String(own.port)},CONTROLLER://127.0.0.1:${String(own.controller)}`,
  'advertised.listeners': `PLAINTEXT://127.0.0.1:${String(own.port)}`,
  'controller.listener.names': 'CONTROLLER',
  'inter.broker.listener.name': 'PLAINTEXT',
  'log.dirs': own.logDirectory,
  'auto.create.topics.enable': false,
  'offsets.topic.replication.factor': 1,
  'offsets.topic.num.partitions': 4,
  'transaction.state.log.replication.factor': 1,
  'transaction.state.log.min.isr': 1,
  'transaction.state.log.num.partitions': 1,
  'group.initial.rebalance.delay.ms': 0,
  'group.min.session.timeout.ms': 1000,
  'log.retention.check.interval.ms': 1000,
  'log.segment.delete.delay.ms': 0,
  // A broker that comes back must not wait for the fencing of what it was before.
  'broker.session.timeout.ms': 3000,
  'broker.heartbeat.interval.ms': 500,
});
