// The same run of three steps on Skald and on others, alternating, in the same run: `node bench/peers.ts --help`.
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { availableParallelism, tmpdir } from 'node:os';
import { join } from 'node:path';
import { z } from 'zod';
import { dbos } from './peers/dbos.ts';
import { canIsolate, isLoopbackOnly, runIsolated } from './peers/loopback.ts';
import type { Peer } from './peers/peer.ts';
import { restate } from './peers/restate.ts';
import type { Round } from './peers/rounds.ts';
import { roundOf, summary } from './peers/rounds.ts';
import { skald } from './peers/skald.ts';
import { inDataDir } from './support/data-dir.ts';
import { fsyncMs } from './support/machine.ts';
import { optionsOf, whole } from './support/options.ts';

const HELP = `node bench/peers.ts [--quick] [--rounds 3] [--runs 5000] [--warm-up 5000]
  [--in-flight 1,64,256] [--shape sequential] [--only NAME,…]
  --rounds     of all of them, one after the other; the table shows medians
  --runs       of three steps in each measurement; a tenth of them with one in flight
  --warm-up    runs before the first measurement of a round, the same number for each
  --in-flight  how many at a time
  --shape      sequential or simultaneous
  --only       some of: skald, restate, restate-4, dbos
  --quick      one round of 500 runs, as many before it
What it compares with is installed into bench/peers first, without running any install script. Everything runs in a
network that has only loopback; where none can be made, what would dial out is left out.`;

const values = optionsOf(HELP, {
  quick: { type: 'boolean', default: false },
  rounds: { type: 'string' },
  runs: { type: 'string' },
  'warm-up': { type: 'string' },
  'in-flight': { type: 'string', default: '1,64,256' },
  shape: { type: 'string', default: 'sequential' },
  only: { type: 'string' },
});
const rounds = whole.parse(values.rounds ?? (values.quick ? 1 : 3));
const runs = whole.parse(values.runs ?? (values.quick ? 500 : 5000));
const warmUpRuns = whole.parse(values['warm-up'] ?? (values.quick ? 500 : 5000));
const inFlights = z.array(whole).parse(values['in-flight'].split(','));
const isSequential = z.enum(['sequential', 'simultaneous']).parse(values.shape) === 'sequential';

const FOUR_PARTITIONS = { RESTATE_DEFAULT_NUM_PARTITIONS: '4' };
const PEERS: Readonly<Record<string, Peer>> = {
  skald: skald(isSequential),
  restate: restate({ name: 'Restate, as it comes', settings: {}, isSequential }),
  'restate-4': restate({ name: 'Restate, 4 partitions', settings: FOUR_PARTITIONS, isSequential }),
  dbos: dbos(isSequential),
};

/** Once: the exact versions of the lockfile. npm writes its own copy of that last. */
const install = (): void => {
  const directory = join(import.meta.dirname, 'peers');
  if (existsSync(join(directory, 'node_modules/.package-lock.json'))) return;
  const { status } = spawnSync('npm', ['ci', '--ignore-scripts'], { cwd: directory, stdio: 'inherit' });
  if (status !== 0) throw new Error('bench/peers could not be installed');
};

const whyNot = (key: string, peer: Peer): string | undefined =>
  key.startsWith('restate') && !isLoopbackOnly()
    ? 'it asks the net for a newer version at each start, and no network without a way out can be made here'
    : peer.missing();

/** Those that are to be compared and can be; the others are named with the reason. */
const present = (): readonly Peer[] => {
  const wanted = values.only?.split(',') ?? Object.keys(PEERS);
  return wanted.flatMap((key) => {
    const peer = PEERS[key];
    if (peer === undefined) throw new Error(`there is no ${key} to compare with`);
    const reason = whyNot(key, peer);
    if (reason !== undefined) console.log(`${peer.name} is left out: ${reason}`);
    return reason === undefined ? [peer] : [];
  });
};

const main = async (): Promise<void> => {
  const fsync = await inDataDir((directory) => Promise.resolve(fsyncMs(directory)), tmpdir());
  console.log(
    `node ${process.version}, ${availableParallelism()} processors, 4 KiB and fsync alone: ${fsync.toFixed(3)} ms`,
  );
  const peers = present();
  const measuredSoFar: Round[] = [];
  for (let round = 1; round <= rounds; round += 1)
    for (const peer of peers) {
      console.log(`round ${round} of ${rounds}: ${peer.name}`);
      measuredSoFar.push(...(await roundOf(peer, { inFlights, runs, warmUpRuns })));
    }
  console.log(`\n${summary(measuredSoFar)}`);
};

install();
if (!isLoopbackOnly() && canIsolate()) process.exitCode = runIsolated();
else await main();
