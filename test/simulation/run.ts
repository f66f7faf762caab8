import { parseArgs } from 'node:util';
import { allSites } from './faults.ts';
import { simulate } from './simulate.ts';
import type { Outcome } from './simulate.ts';

const HELP = `Simulates the engine under faults, one world per seed.

  npm run simulate -- --seeds N [--seed S] [--trace]

  --seeds N  how many seeds (default 1000)
  --seed S   the first seed (default 1)
  --trace    print everything that happened, also where all went well
  --help     this text

Exits with 1 when an invariant does not hold; what to run again is the last line then.`;

const { values } = parseArgs({
  options: {
    seeds: { type: 'string', default: '1000' },
    seed: { type: 'string', default: '1' },
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

const add = (sums: Map<string, number>, more: Iterable<readonly [string, number]>): void => {
  for (const [name, count] of more) sums.set(name, (sums.get(name) ?? 0) + count);
};

const printFailure = async ({ seed, violation }: Outcome): Promise<void> => {
  const { trace } = await simulate(seed, { keepTrace: true });
  console.log(trace.lines.join('\n'));
  console.log(`\nseed ${seed}: ${String(violation)}`);
  console.log(`npm run simulate -- --seed ${seed} --seeds 1`);
};

// Fewer seeds than this may well miss a site.
const ENOUGH_SEEDS = 1000;

const printCounts = (title: string, counts: ReadonlyMap<string, number>): void => {
  console.log(`\n${title}:`);
  for (const [name, count] of [...counts].sort()) console.log(`  ${String(count).padStart(8)}  ${name}`);
};

/** Exit code: 0 when every invariant held for every seed, and a long run met every fault. */
const run = async (first: number, count: number): Promise<number> => {
  const faults = new Map<string, number>();
  const states = new Map<string, number>();
  const started = performance.now();
  let [events, steps] = [0, 0];
  for (let seed = first; seed < first + count; seed += 1) {
    const outcome = await simulate(seed, { keepTrace: values.trace });
    if (values.trace) console.log(outcome.trace.lines.join('\n'));
    if (outcome.violation !== undefined) {
      await printFailure(outcome);
      return 1;
    }
    add(faults, outcome.faults);
    add(
      states,
      [...outcome.states].map((state) => [state, 1] as const),
    );
    events += outcome.events;
    steps += outcome.steps;
    // Node reports unhandled rejections between turns of its event loop.
    await new Promise((resolve) => setImmediate(resolve));
  }
  const seconds = (performance.now() - started) / 1000;
  const rate = (count / seconds).toFixed(0);
  console.log(`${count} seeds in ${seconds.toFixed(1)} s: ${rate} seeds/s, ${events} events, ${steps} steps`);
  printCounts('faults', faults);
  printCounts('states reached (seeds)', states);
  const never = allSites.filter((site) => !faults.has(site));
  if (count < ENOUGH_SEEDS || never.length === 0) return 0;
  console.log(`\nnever happened: ${never.join(', ')}`);
  return 1;
};

if (values.help) console.log(HELP);
else process.exitCode = await run(wholeNumber('seed', values.seed), wholeNumber('seeds', values.seeds));
