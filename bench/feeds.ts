// How long an event takes from the call that appends it to the client of a feed. The server, with its log, and
// the clients are processes of their own: `node bench/feeds.ts --help`.
import { z } from 'zod';
import { fanOutFloor } from './floor/sockets.ts';
import { childOf, latencies, messageOf } from './support/child.ts';
import { inDataDir } from './support/data-dir.ts';
import { optionsOf, whole } from './support/options.ts';
import { report } from './support/report.ts';

const HELP = `node bench/feeds.ts [--seconds 10] [--warm-up 5] [--quick] [--only NAME]

Measures append → feed over WebSocket (disk included: an append is acknowledged after its commit), beside node:sqlite
and ws alone.
  one       1 client at 1,000 events/s
  hundred   100 clients at 500 events/s
  stalled   1 client at 1,000 events/s of 1 KiB beside 100 clients that stop reading; the server's memory

  --seconds N   how long events flow in each
  --warm-up N   for how many seconds before, which are not measured: of Skald and of the floor
  --quick       3 seconds, and 1 before
  --only NAME   one of them`;

type Scenario = {
  readonly name: string;
  readonly readers: number;
  readonly stalled: number;
  readonly rate: number;
  readonly bytes: number;
};
const SCENARIOS: readonly Scenario[] = [
  { name: 'one', readers: 1, stalled: 0, rate: 1000, bytes: 200 },
  { name: 'hundred', readers: 100, stalled: 0, rate: 500, bytes: 200 },
  { name: 'stalled', readers: 1, stalled: 100, rate: 1000, bytes: 1024 },
];

const fromServer = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('listening'), port: z.int() }),
  z.strictObject({
    kind: z.literal('done'),
    events: z.int(),
    seconds: z.number(),
    cpuSeconds: z.number(),
    append: latencies,
    rssBefore: z.number(),
    rssMax: z.number(),
  }),
]);
const fromClients = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('connected') }),
  z.strictObject({ kind: z.literal('seen'), frames: z.int(), delivery: latencies }),
]);

const megabytes = (bytes: number): string => `${(bytes / 1024 / 1024).toFixed(0)} MiB`;
const shown = ({ p50, p99, max }: z.output<typeof latencies>): string =>
  `p50 ${p50.toFixed(1)} ms   p99 ${p99.toFixed(1)} ms   max ${max.toFixed(0)} ms`;

const measure = async (scenario: Scenario, seconds: number, warmUp: number): Promise<void> => {
  const { name, readers, stalled, rate, bytes } = scenario;
  const server = childOf('feed-server.ts');
  const listening = await messageOf(server, fromServer);
  if (listening.kind !== 'listening') throw new Error('the server did not listen');
  const counts = [rate * warmUp, rate * seconds];
  const clients = childOf('feed-clients.ts', [listening.port, readers, stalled, ...counts]);
  await messageOf(clients, fromClients);
  server.send({ rate, warmUp, seconds, bytes });
  const [seen, done] = await Promise.all([messageOf(clients, fromClients), messageOf(server, fromServer)]);
  if (seen.kind !== 'seen' || done.kind !== 'done') throw new Error('the measurement was cut short');
  clients.kill();
  server.kill();
  console.log(
    `${name}: ${readers} reading, ${stalled} stalled, ${(done.events / done.seconds).toFixed(0)} events/s of ${bytes} bytes`,
  );
  console.log(`  append, acknowledged   ${shown(done.append)}`);
  console.log(`  append → feed          ${shown(seen.delivery)}   ${seen.frames} frames`);
  console.log(
    `  memory of the server   ${megabytes(done.rssBefore)} before, ${megabytes(done.rssMax)} at most`,
  );
  console.log(`  processor of the server ${((1e6 * done.cpuSeconds) / seen.frames).toFixed(1)} µs a frame`);
  const floor = await inDataDir((dataDir) =>
    fanOutFloor(dataDir, { clients: readers, rate, warmUp, seconds, bytes }),
  );
  const what = `append → feed, ${name}, p99`;
  report({ id: `feed-${figureOf(scenario)}`, what, value: seen.delivery.p99, unit: 'ms', floor: floor.p99 });
};

/** Known by its clients where all of them read. */
const figureOf = ({ name, readers, stalled }: Scenario): string => (stalled === 0 ? String(readers) : name);

const values = optionsOf(HELP, {
  seconds: { type: 'string' },
  'warm-up': { type: 'string' },
  quick: { type: 'boolean', default: false },
  only: { type: 'string' },
});
const seconds = whole.parse(values.seconds ?? (values.quick ? 3 : 10));
const warmUp = whole.parse(values['warm-up'] ?? (values.quick ? 1 : 5));
for (const scenario of SCENARIOS)
  if (values.only === undefined || values.only === scenario.name) await measure(scenario, seconds, warmUp);
