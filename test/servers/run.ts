// The suites that need servers: `npm run test:servers`. Says at the end which ran against what, and what did not run.
import { readFileSync, readdirSync } from 'node:fs';
import { join, relative } from 'node:path';
import { parseArgs } from 'node:util';
import { startVitest } from 'vitest/node';
import type { TestModule } from 'vitest/node';
import { SERVERS, probe, serversNeededBy } from './servers.ts';
import type { Probe, ServerName } from './servers.ts';
import { printTable } from './table.ts';

const HELP = `usage: npm run test:servers -- [options] [name ...]

Runs the suites of test/servers, all of them or those whose path holds one of the names.

  --require LIST   servers that must be there, separated by commas (${SERVERS.join(', ')});
                   without it the environment's REQUIRE_SERVERS
  --except LIST    suites to leave out, by parts of their names, separated by commas
  --help           this text

A server is the one the environment names (EVENTSTOREDB_URL, MONGODB_URL, KAFKA_BROKERS), else a container where
Docker answers, else one by Maven. EventStoreDB has no such server: without one its suites run against a double.`;

const HERE = import.meta.dirname;

const main = async (): Promise<void> => {
  const { values, positionals } = parseArgs({
    options: { require: { type: 'string' }, except: { type: 'string' }, help: { type: 'boolean' } },
    allowPositionals: true,
  });
  if (values.help === true) {
    console.log(HELP);
    return;
  }
  const except = (values.except ?? '').split(',').filter((name) => name !== '');
  const files = specFiles()
    .filter((file) => positionals.length === 0 || positionals.some((name) => file.includes(name)))
    .filter((file) => !except.some((name) => file.includes(name)));
  const needs = new Map(files.map((file) => [file, serversNeededBy(readFileSync(join(HERE, file), 'utf8'))]));
  const probes = await probeAll(new Set([...needs.values()].flat()));
  const runnable = files.filter((file) => (needs.get(file) ?? []).every((name) => isThere(probes, name)));
  const modules = runnable.length === 0 ? [] : await run(runnable);
  const rows = files.map((file) => rowOf(file, needs.get(file) ?? [], probes, modules));
  printTable(['suite', 'against', 'result'], rows);
  const missing = required(values.require).filter((name) => !isThere(probes, name));
  for (const name of missing) console.error(`required but not run: ${name}`);
  const hasFailed = modules.some((module) => !module.ok());
  if (missing.length > 0 || hasFailed) process.exitCode = 1;
};

const specFiles = (): readonly string[] =>
  readdirSync(HERE, { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith('.spec.ts'))
    .sort();

const required = (option: string | undefined): readonly ServerName[] => {
  const names = (option ?? process.env['REQUIRE_SERVERS'] ?? '').split(',').map((name) => name.trim());
  return SERVERS.filter((server) => names.includes(server));
};

const probeAll = async (names: ReadonlySet<ServerName>): Promise<ReadonlyMap<ServerName, Probe>> => {
  const probes = new Map<ServerName, Probe>();
  for (const name of SERVERS) if (names.has(name)) probes.set(name, await probe(name));
  return probes;
};

const isThere = (probes: ReadonlyMap<ServerName, Probe>, name: ServerName): boolean =>
  probes.get(name)?.kind === 'there';

const run = async (files: readonly string[]): Promise<readonly TestModule[]> => {
  const paths = files.map((file) => join(HERE, file));
  const vitest = await startVitest(paths, { config: 'vitest.servers.config.ts', watch: false });
  const modules = vitest.state.getTestModules();
  await vitest.close();
  return modules;
};

const rowOf = (
  file: string,
  needs: readonly ServerName[],
  probes: ReadonlyMap<ServerName, Probe>,
  modules: readonly TestModule[],
): readonly string[] => {
  const module = modules.find(({ moduleId }) => relative(HERE, moduleId) === file);
  return [file, needs.map((name) => inWords(name, probes.get(name))).join('; '), resultOf(module)];
};

const inWords = (name: ServerName, found: Probe | undefined): string => {
  if (found === undefined) return name;
  return found.kind === 'there'
    ? `${found.product} ${found.version} (${found.source})`
    : `${name}: NOT RUN, ${found.why}`;
};

const resultOf = (module: TestModule | undefined): string => {
  if (module === undefined) return 'not run';
  const states = [...module.children.allTests()].map((test) => test.result().state);
  const count = (state: string): number => states.filter((one) => one === state).length;
  const skipped = count('skipped');
  return `${count('passed')} passed, ${count('failed')} failed${skipped > 0 ? `, ${skipped} skipped` : ''}`;
};

await main();
