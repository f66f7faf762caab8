// Every measurement in turn, then one table of their figures, floors and targets: `node bench/all.ts --help`.
import { once } from 'node:events';
import { z } from 'zod';
import { childOf } from './support/child.ts';
import { optionsOf } from './support/options.ts';
import { overview } from './support/overview.ts';
import type { Figure } from './support/report.ts';
import { figure } from './support/report.ts';

type Job = {
  readonly name: string;
  readonly script: string;
  readonly quick: readonly string[];
  readonly full: readonly string[];
};

const QUICK = ['--quick'];
const runs = (name: string, args: readonly string[], quick: string, full: string): Job => ({
  name,
  script: 'sagas.ts',
  quick: [...args, '--runs', quick, '--warm-up', quick],
  full: [...args, '--runs', full, '--warm-up', '5000'],
});

const JOBS: readonly Job[] = [
  { name: 'floor', script: 'floor.ts', quick: QUICK, full: [] },
  runs('runs-64', ['--in-flight', '64'], '2000', '20000'),
  runs('runs-256', ['--in-flight', '256'], '2000', '20000'),
  runs('runs-simultaneous', ['--in-flight', '64', '--shape', 'simultaneous'], '2000', '20000'),
  runs('runs-1', ['--in-flight', '1'], '300', '3000'),
  { name: 'log', script: 'log.ts', quick: QUICK, full: [] },
  { name: 'replay', script: 'replay.ts', quick: QUICK, full: [] },
  { name: 'feeds', script: 'feeds.ts', quick: [...QUICK], full: [] },
  { name: 'bridge', script: 'bridge.ts', quick: ['--events', '4000', '--seconds', '4'], full: [] },
  { name: 'start', script: 'start.ts', quick: QUICK, full: [] },
  {
    name: 'instances',
    script: 'instances.ts',
    quick: ['--instances', '2000', '--old', '700'],
    full: ['--instances', '277000', '--old', '100000'],
  },
  { name: 'audit', script: 'audit.ts', quick: ['--events', '20000', '--bundle', '2000'], full: [] },
  { name: 'growth', script: 'growth.ts', quick: QUICK, full: [] },
];

const HELP = `node bench/all.ts [--quick] [--only NAME,…]
  --quick  far less of everything: to see that it works, not to quote
  --only   some of: ${JOBS.map(({ name }) => name).join(', ')}
What Restate and DBOS do is compared by npm run bench:peers.`;

const values = optionsOf(HELP, {
  quick: { type: 'boolean', default: false },
  only: { type: 'string' },
});

/** What it reported, and whether it came to its end. */
const run = async ({ name, script, quick, full }: Job) => {
  console.log(`\n${name}`);
  const figures: Figure[] = [];
  const child = childOf(script, values.quick ? quick : full);
  child.on('message', (message) => void figures.push(figure.parse(message)));
  const [code] = z.tuple([z.int().nullable(), z.unknown()]).parse(await once(child, 'exit'));
  return { figures, hasFailed: code !== 0 };
};

const main = async (): Promise<void> => {
  const wanted = values.only?.split(',') ?? JOBS.map(({ name }) => name);
  const figures: Figure[] = [];
  const failed: string[] = [];
  for (const job of JOBS.filter(({ name }) => wanted.includes(name))) {
    const result = await run(job);
    figures.push(...result.figures);
    if (result.hasFailed) failed.push(job.name);
  }
  console.log(`\n${overview(figures)}`);
  if (failed.length === 0) return;
  console.log(`\ncame to no end: ${failed.join(', ')}`);
  process.exitCode = 1;
};

await main();
