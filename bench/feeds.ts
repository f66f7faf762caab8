// How long an event takes from the call that appends it to the client of a feed. The server, with its log, and
// the clients are processes of their own: `node bench/feeds.ts --help`.
import { fork } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { parseArgs } from 'node:util';
import { z } from 'zod';

const HELP = `node bench/feeds.ts [--seconds N] [--only NAME]

Measures append → feed over WebSocket (disk included: an append is acknowledged after its commit).
  one       1 client at 1,000 events/s
  hundred   100 clients at 500 events/s
  stalled   1 client at 1,000 events/s of 1 KiB beside 100 clients that stop reading; the server's memory

  --seconds N   how long events flow in each (default 10)
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

const figures = z.strictObject({ p50: z.number(), p99: z.number(), max: z.number() });
const fromServer = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('listening'), port: z.int() }),
  z.strictObject({
    kind: z.literal('done'),
    events: z.int(),
    seconds: z.number(),
    append: figures,
    rssBefore: z.number(),
    rssMax: z.number(),
  }),
]);
const fromClients = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('connected') }),
  z.strictObject({ kind: z.literal('seen'), frames: z.int(), delivery: figures }),
]);

const processOf = (file: string, args: readonly string[]): ChildProcess =>
  fork(new URL(file, import.meta.url), args, { stdio: ['ignore', 'inherit', 'inherit', 'ipc'] });

const answer = async <Schema extends z.ZodType>(
  child: ChildProcess,
  schema: Schema,
): Promise<z.output<Schema>> => {
  const ended = once(child, 'exit').then(() => {
    throw new Error('a process of the measurement ended early');
  });
  ended.catch(() => undefined);
  const messages: unknown[] = await Promise.race([once(child, 'message'), ended]);
  return schema.parse(messages[0]);
};

const megabytes = (bytes: number): string => `${(bytes / 1024 / 1024).toFixed(0)} MiB`;
const shown = ({ p50, p99, max }: z.output<typeof figures>): string =>
  `p50 ${p50.toFixed(1)} ms   p99 ${p99.toFixed(1)} ms   max ${max.toFixed(0)} ms`;

const measure = async (scenario: Scenario, seconds: number): Promise<void> => {
  const { name, readers, stalled, rate, bytes } = scenario;
  const server = processOf('feed-server.ts', []);
  const listening = await answer(server, fromServer);
  if (listening.kind !== 'listening') throw new Error('the server did not listen');
  const expected = rate * seconds;
  const clients = processOf('feed-clients.ts', [listening.port, readers, stalled, expected].map(String));
  await answer(clients, fromClients);
  server.send({ rate, seconds, bytes });
  const [seen, done] = await Promise.all([answer(clients, fromClients), answer(server, fromServer)]);
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
};

const main = async (): Promise<void> => {
  const { values } = parseArgs({
    options: {
      help: { type: 'boolean', default: false },
      seconds: { type: 'string', default: '10' },
      only: { type: 'string' },
    },
  });
  if (values.help) {
    console.log(HELP);
    return;
  }
  for (const scenario of SCENARIOS) {
    if (values.only === undefined || values.only === scenario.name)
      await measure(scenario, Number(values.seconds));
  }
};

await main();
