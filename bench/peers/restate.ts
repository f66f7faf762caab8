// Restate: its server, a service of its SDK over HTTP/2, and a client, each a process of its own.
import { execFile, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { promisify } from 'node:util';
import { cpuSeconds } from '../support/machine.ts';
import { measured } from '../support/saga-world.ts';
import type { Measured } from '../support/saga-world.ts';
import type { Peer, RunningPeer } from './peer.ts';
import { ended } from './peer.ts';

const INGRESS = 'http://127.0.0.1:8080';
const ADMIN = 'http://127.0.0.1:9070';
const SERVICE_PORT = 9080;
const READY_MS = 30_000;
const SETTINGS = {
  RESTATE_DISABLE_TELEMETRY: 'true',
  RESTATE_LISTEN_MODE: 'tcp',
  RESTATE_BIND_IP: '127.0.0.1',
  RESTATE_NODE_NAME: 'bench',
};

/** The package of the platform carries the server's binary; undefined where there is none. */
const binary = (): string | undefined => {
  const name = `@restatedev/restate-server-${process.platform}-${process.arch}`;
  const path = join(import.meta.dirname, 'node_modules', name, 'bin/restate-server');
  return existsSync(path) ? path : undefined;
};

type Settings = Readonly<Record<string, string>>;

const durabilityOf = (server: string, settings: Settings): string => {
  const config = execFileSync(server, ['--dump-config'], { env: settings, encoding: 'utf8' });
  const log = config.slice(config.indexOf('[log-server]'));
  const said = (text: string, key: string): string =>
    new RegExp(`^${key} = (.*)$`, 'm').exec(text)?.[1] ?? '?';
  return [
    `log provider ${said(config, 'default-provider')}`,
    `log-server.rocksdb-disable-wal-fsync = ${said(log, 'rocksdb-disable-wal-fsync')}`,
    `${said(config, 'default-num-partitions')} partitions`,
  ].join(', ');
};

const ready = async (): Promise<void> => {
  const deadline = performance.now() + READY_MS;
  while (performance.now() < deadline) {
    const answer = await fetch(`${ADMIN}/health`).catch(() => undefined);
    if (answer?.ok === true) return;
    await pause(100);
  }
  throw new Error('Restate did not start');
};

const register = async (): Promise<void> => {
  const answer = await fetch(`${ADMIN}/deployments`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ uri: `http://127.0.0.1:${SERVICE_PORT}` }),
  });
  if (!answer.ok) throw new Error(`Restate refused the service: ${await answer.text()}`);
};

const startService = async () => {
  const script = join(import.meta.dirname, 'restate-service.mjs');
  const child = spawn(process.execPath, [script, String(SERVICE_PORT)], {
    env: { ...process.env, NODE_ENV: 'production', RESTATE_LOGGING: 'ERROR' },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  await once(child.stdout, 'data');
  return child;
};

const runClient = async (handler: string, runs: number, inFlight: number): Promise<Measured> => {
  const script = join(import.meta.dirname, 'restate-client.ts');
  const args = [script, INGRESS, `/bench/${handler}`, String(runs), String(inFlight)];
  const { stdout } = await promisify(execFile)(process.execPath, args);
  return measured.parse(JSON.parse(stdout));
};

const start = async (server: string, handler: string, settings: Settings): Promise<RunningPeer> => {
  const dataDir = await mkdtemp(join(tmpdir(), 'skald-restate-'));
  const env = { ...process.env, ...SETTINGS, ...settings, RESTATE_BASE_DIR: dataDir };
  const durability = durabilityOf(server, env);
  const child = spawn(server, ['--no-logo'], { env, stdio: 'ignore' });
  const service = await startService();
  await ready();
  await register();
  return {
    durability,
    run: (runs, inFlight) => runClient(handler, runs, inFlight),
    serverCpu: () => (child.pid === undefined ? undefined : cpuSeconds(child.pid)),
    stop: async () => {
      await ended(service);
      await ended(child, 'SIGKILL');
      await rm(dataDir, { recursive: true });
    },
  };
};

export type RestateOptions = {
  readonly name: string;
  /** Beyond its defaults, as environment variables. */
  readonly settings: Settings;
  readonly isSequential: boolean;
};

export const restate = ({ name, settings, isSequential }: RestateOptions): Peer => ({
  name,
  missing: () =>
    binary() === undefined ? `no package of its server for ${process.platform} ${process.arch}` : undefined,
  start: () => start(binary() ?? '', isSequential ? 'threeSteps' : 'simultaneous', settings),
});
