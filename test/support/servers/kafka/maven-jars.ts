import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, readFile, rename, rm } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { NotAvailable } from '../not-available.ts';

const run = promisify(execFile);
const POM = fileURLToPath(new URL('./pom.xml', import.meta.url));
const CACHE = fileURLToPath(new URL('../../../../node_modules/.cache/skald-servers/', import.meta.url));
const COPY = 'org.apache.maven.plugins:maven-dependency-plugin:3.8.1:copy-dependencies';
const WITHIN_MS = 10 * 60_000;

export type KafkaJars = { readonly version: string; readonly directory: string };

/** The broker and what it needs, fetched by Maven once. @throws NotAvailable without Java, Maven or its repository */
export const kafkaJars = async (): Promise<KafkaJars> => {
  const version = process.env['KAFKA_VERSION'] ?? (await versionOfPom());
  const directory = `${CACHE}kafka-${version}`;
  await runs('java', ['-version']);
  if (!existsSync(directory)) await fetchInto(directory, version);
  return { version, directory };
};

const versionOfPom = async (): Promise<string> => {
  const version = /<kafka\.version>([^<]+)</.exec(await readFile(POM, 'utf8'))?.[1];
  if (version === undefined) throw new Error('pom.xml names no version of Kafka');
  return version;
};

// Beside its place first: a run that was cut off, or another one at work, leaves no half directory.
const fetchInto = async (directory: string, version: string): Promise<void> => {
  const beside = `${directory}.${String(process.pid)}`;
  await mkdir(CACHE, { recursive: true });
  const options = ['-DincludeScope=runtime', `-DoutputDirectory=${beside}`, `-Dkafka.version=${version}`];
  await runs('mvn', ['-q', '-B', '-f', POM, COPY, ...options]);
  try {
    await rename(beside, directory);
  } catch (error) {
    await rm(beside, { recursive: true, force: true });
    if (!existsSync(directory)) throw error;
  }
};

const runs = async (command: string, args: readonly string[]): Promise<void> => {
  try {
    await run(command, args, { timeout: WITHIN_MS });
  } catch (error) {
    throw new NotAvailable(`${command} failed: ${String(error).slice(0, 500)}`, { cause: error });
  }
};
