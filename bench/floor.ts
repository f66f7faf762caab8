// What this machine can do at best of what Skald does, with the bare libraries: `node bench/floor.ts --help`.
import { tmpdir } from 'node:os';
import { appendFloor, readFloor, runBytesFloor, runFloor } from './floor/commits.ts';
import { postFloor } from './floor/posts.ts';
import { fanOutFloor } from './floor/sockets.ts';
import { threadedRunFloor } from './floor/threaded-runs.ts';
import { inDataDir } from './support/data-dir.ts';
import { fsyncMs } from './support/machine.ts';
import { optionsOf } from './support/options.ts';
import { report } from './support/report.ts';

const HELP = `node bench/floor.ts [--quick] [--dir <directory>]
  --quick  half a second for each instead of three
  --dir    where the files are made; its disk is the one measured`;

const values = optionsOf(HELP, {
  quick: { type: 'boolean', default: false },
  dir: { type: 'string', default: tmpdir() },
});
const ms = values.quick ? 500 : 3000;
const POSTS = values.quick ? 10_000 : 100_000;
const READ_EVENTS = values.quick ? 50_000 : 400_000;

const commits = (dataDir: string): void => {
  const rate = (id: string, what: string, value: number): void => report({ id, what, value, unit: '/s' });
  rate('floor-append-100', 'events appended, groups of 100', appendFloor(dataDir, 100, ms));
  rate('floor-append-1', 'events appended, one by one', appendFloor(dataDir, 1, ms));
  rate('floor-read', 'events read, parsed and folded', readFloor(dataDir, READ_EVENTS));
  for (const inFlight of [256, 64]) {
    const { runsPerSecond } = runFloor(dataDir, inFlight, ms);
    rate(`floor-runs-${inFlight}`, `3-step runs, ${inFlight} in flight share commits`, runsPerSecond);
  }
  const alone = runFloor(dataDir, 1, ms);
  rate('floor-runs-1', '3-step runs, one at a time', alone.runsPerSecond);
  report({ id: 'floor-run-p50', what: '  p50 of such a run', value: alone.p50, unit: 'ms' });
  report({
    id: 'floor-run-bytes',
    what: 'file per 3-step run',
    value: runBytesFloor(dataDir),
    unit: 'bytes',
  });
};

await inDataDir(async (dataDir) => {
  report({ id: 'floor-fsync', what: '4 KiB and fsync, alone', value: fsyncMs(dataDir), unit: 'ms' });
  commits(dataDir);
  const { p50 } = await threadedRunFloor(dataDir, ms);
  report({
    id: 'floor-threaded-run-p50',
    what: '3-step run, node:sqlite in its thread, p50',
    value: p50,
    unit: 'ms',
  });
  const seconds = ms / 500;
  for (const [clients, rate] of [
    [1, 1000],
    [100, 500],
  ] as const) {
    const { p99 } = await fanOutFloor(dataDir, { clients, rate, warmUp: 1, seconds, bytes: 200 });
    const what = `append → ws, ${clients} client${clients === 1 ? '' : 's'}, ${rate} events/s, p99`;
    report({ id: `floor-feed-${clients}`, what, value: p99, unit: 'ms' });
  }
  report({ id: 'floor-posts', what: 'POST to a bare Fastify', value: await postFloor(POSTS), unit: '/s' });
}, values.dir);
