import { availableParallelism } from 'node:os';
import { parseArgs } from 'node:util';
import { allSites } from './faults.ts';
import { runJobs } from './jobs.ts';
import { simulate } from './simulate.ts';

const HELP = `Simulates the engine under faults, one world per seed.

  npm run simulate -- --seeds N [--seed S] [--jobs J] [--trace]

  --seeds N  how many seeds (default 1000)
  --seed S   the first seed (default 1)
  --jobs J   how many threads (default: one for each processor); what comes out is the same
  --trace    print everything that happens at the first seed
  --help     this text

Exits with 1 when an invariant does not hold; what to run again is the last line then.`;

const { values } = parseArgs({
  options: {
    seeds: { type: 'string', default: '1000' },
    seed: { type: 'string', default: '1' },
    jobs: { type: 'string', default: String(availableParallelism()) },
    trace: { type: 'boolean', default: false },
    help: { type: 'boolean', default: false },
  },
});

const wholeNumber = (name: string, text: string): number => {
  const number = Number(text);
  if (!Number.isSafeInteger(number) || number < 0)
    throw new RangeError(`--${name} must be a whole number, not ${text}`);
  return number;
};

const printTrace = async (seed: number): Promise<void> => {
  const { trace } = await simulate(seed, { keepTrace: true });
  console.log(trace.lines.join('\n'));
};

// Fewer seeds than this may well miss a site.
const ENOUGH_SEEDS = 1000;

const printCounts = (title: string, counts: ReadonlyMap<string, number>): void => {
  console.log(`\n${title}:`);
  for (const [name, count] of [...counts].sort()) console.log(`  ${String(count).padStart(8)}  ${name}`);
};

/** Exit code: 0 when every invariant held for every seed, and a long run met every fault. */
const run = async (first: number, count: number, jobs: number): Promise<number> => {
  if (values.trace) await printTrace(first);
  const started = performance.now();
  const totals = await runJobs({ first, count }, jobs);
  const { failed, seeds, events, steps, faults, states } = totals;
  if (failed !== null) {
    if (!values.trace || failed.seed !== first) await printTrace(failed.seed);
    console.log(`\nseed ${failed.seed}: ${failed.violation}`);
    console.log(`npm run simulate -- --seed ${failed.seed} --seeds 1`);
    return 1;
  }
  const seconds = (performance.now() - started) / 1000;
  const rate = (seeds / seconds).toFixed(0);
  console.log(`${seeds} seeds in ${seconds.toFixed(1)} s: ${rate} seeds/s, ${events} events, ${steps} steps`);
  printCounts('faults', faults);
  printCounts('states reached (seeds)', states);
  const never = allSites.filter((site) => !faults.has(site));
  if (count < ENOUGH_SEEDS || never.length === 0) return 0;
  console.log(`\nnever happened: ${never.join(', ')}`);
  return 1;
};

if (values.help) console.log(HELP);
else {
  const [first, count] = [wholeNumber('seed', values.seed), wholeNumber('seeds', values.seeds)];
  process.exitCode = await run(first, count, Math.max(1, wholeNumber('jobs', values.jobs)));
}
