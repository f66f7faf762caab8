import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { copyFile, mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { NotAvailable } from '../not-available.ts';

const run = promisify(execFile);
const here = (name: string): string => fileURLToPath(new URL(name, import.meta.url));
const CACHE = here('../../../../node_modules/.cache/skald-servers/');
const PLUGIN = 'org.apache.maven.plugins:maven-dependency-plugin:3.8.1';
// Of what is kept in the cache: raised with the corrections.
const FORM = 2;
const BACKEND = 'de/bwaldvogel/mongo/backend';
const WITHIN_MS = 10 * 60_000;

export type WireServerClasses = { readonly version: string; readonly classPath: string };

/** The wire server and what it needs, fetched by Maven and compiled once. @throws NotAvailable without Java or Maven */
export const wireServerClasses = async (): Promise<WireServerClasses> => {
  const version = /<mongo\.version>([^<]+)</.exec(await readFile(here('./pom.xml'), 'utf8'))?.[1];
  if (version === undefined) throw new Error('pom.xml names no version of the wire server');
  const directory = `${CACHE}mongo-${version}-${FORM}`;
  await runs('java', ['-version']);
  if (!existsSync(directory)) await fetchInto(directory, version);
  // Compiled anew each time: the class of this repository may have changed.
  const classes = join(directory, 'classes');
  const classPath = [classes, join(directory, 'jars', '*')].join(':');
  const corrected = CORRECTIONS.map(({ file }) => join(directory, 'sources', BACKEND, file));
  await runs('javac', [
    '-nowarn',
    '-cp',
    join(directory, 'jars', '*'),
    '-d',
    classes,
    here('./WireServer.java'),
    ...corrected,
  ]);
  return { version, classPath };
};

// Beside its place first: a run that was cut off, or another one at work, leaves no half directory.
const fetchInto = async (directory: string, version: string): Promise<void> => {
  const beside = `${directory}.${String(process.pid)}`;
  const [jars, sources] = [join(beside, 'jars'), join(beside, 'sources')];
  await mkdir(sources, { recursive: true });
  await copyFile(here('./pom.xml'), join(beside, 'pom.xml'));
  const maven = (goal: string, ...options: string[]): Promise<void> =>
    runs('mvn', ['-q', '-B', '-f', join(beside, 'pom.xml'), `${PLUGIN}:${goal}`, ...options]);
  await maven('copy-dependencies', '-DincludeScope=runtime', `-DoutputDirectory=${jars}`);
  const core = `de.bwaldvogel:mongo-java-server-core:${version}:jar:sources`;
  await maven('unpack', `-Dartifact=${core}`, `-DoutputDirectory=${sources}`);
  await correct(sources);
  try {
    await rename(beside, directory);
  } catch (error) {
    await rm(beside, { recursive: true, force: true });
    if (!existsSync(directory)) throw error;
  }
};

const utf8 = (value: string): string =>
  `${value}.toString().getBytes(java.nio.charset.StandardCharsets.UTF_8)`;

const CORRECTIONS = [
  {
    // MongoDB orders text by its bytes, the wire server as Java does: beyond the basic plane these differ.
    file: 'ValueComparator.java',
    from: 'value1.toString().compareTo(value2.toString())',
    to: `java.util.Arrays.compareUnsigned(${utf8('value1')}, ${utf8('value2')})`,
  },
  {
    // Looks the id up where other conditions stand beside it, instead of reading every document: speed only.
    file: 'AbstractUniqueIndex.java',
    from: '!query.keySet().equals(keySet())',
    to: '!query.keySet().containsAll(keySet())',
  },
] as const;

const correct = async (sources: string): Promise<void> => {
  for (const { file, from, to } of CORRECTIONS) {
    const path = join(sources, BACKEND, file);
    const source = await readFile(path, 'utf8');
    if (!source.includes(from)) throw new Error(`${file} of the wire server is not what it was`);
    await writeFile(path, source.replace(from, to));
  }
};

const runs = async (command: string, args: readonly string[]): Promise<void> => {
  try {
    await run(command, args, { timeout: WITHIN_MS });
  } catch (error) {
    throw new NotAvailable(`${command} failed: ${String(error).slice(0, 500)}`, { cause: error });
  }
};
