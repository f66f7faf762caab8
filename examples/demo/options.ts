import { parseArgs } from 'node:util';
import { z } from 'zod';

export const HELP = `usage: npm run demo -- [options]

Plays the story of a tenant in seven parts, prints every event, and exits 0 when no part ended as it must not. Without
options: a Skald of its own in a temporary directory, everything embedded, workers over HTTP.

  --bus embedded|kafka|off  what records in YAML go over, and tasks of workers over Kafka; with off the parts that
                            need it are not played. Default: kafka where there are brokers, else embedded
  --brokers host:port,...   Kafka without TLS and user; default: KAFKA_BROKERS
  --workers http|sdk|kafka  how workers get their tasks: asking over HTTP, with the SDK over a WebSocket, or reading
                            the topics of their steps, on the embedded bus too. Default: http
  --url URL                 play against this server, where it asks for a token with SKALD_TOKEN (role admin). Its bus
                            is what --bus says, by default off
  --data-dir DIR            with --url: the server's DATA_DIR, for its embedded bus
  --topic-prefix NAME       with --url: the server's TOPIC_PREFIX; default: orchestrator
  --help                    this text

A Skald of its own takes the other settings from the environment: with EVENTSTOREDB_URL and MONGODB_URL it stands on
those. What it leaves on servers is named after a namespace of its own, which it prints.`;

export type BusAddress =
  | { readonly kind: 'off' }
  /** Without a directory: that of the demo's own Skald. */
  | { readonly kind: 'embedded'; readonly dataDir: string | undefined }
  | { readonly kind: 'kafka'; readonly brokers: string };

export type Options = {
  readonly bus: BusAddress;
  readonly workers: 'http' | 'sdk' | 'kafka';
  readonly url: string | undefined;
  readonly topicPrefix: string | undefined;
};

/** What makes no sense, said to whoever typed it. */
export class WrongOptions extends Error {
  override readonly name = 'WrongOptions';
}

const choices = z.object({
  bus: z.enum(['embedded', 'kafka', 'off'], '--bus is one of embedded, kafka, off').optional(),
  brokers: z.string().optional(),
  workers: z.enum(['http', 'sdk', 'kafka'], '--workers is one of http, sdk, kafka').default('http'),
  url: z.url({ protocol: /^https?$/, error: '--url is an address that begins with http' }).optional(),
  'data-dir': z.string().optional(),
  'topic-prefix': z.string().optional(),
});
type Choices = z.output<typeof choices>;

/** The options of this process, or that help is asked for. @throws WrongOptions */
export const readOptions = (args: readonly string[], env: NodeJS.ProcessEnv): Options | 'help' => {
  const given = parsed(args);
  if (given.help === true) return 'help';
  const { data, error } = choices.safeParse(given);
  if (data === undefined) throw new WrongOptions(error.issues[0]?.message);
  const { url, workers, 'topic-prefix': topicPrefix } = data;
  const bus = busOf(data, env);
  for (const [isBroken, problem] of conflicts(data, bus)) if (isBroken) throw new WrongOptions(problem);
  return { bus, workers, url: url?.replace(/\/$/, ''), topicPrefix };
};

const conflicts = (given: Choices, bus: BusAddress): readonly (readonly [boolean, string])[] => [
  [
    given.url === undefined && (given['data-dir'] ?? given['topic-prefix']) !== undefined,
    '--data-dir and --topic-prefix say where a server has its bus: they need --url',
  ],
  [bus.kind === 'off' && given.workers === 'kafka', '--workers kafka needs a bus: see --bus'],
];

const text = { type: 'string' } as const;

const parsed = (args: readonly string[]) => {
  const options = {
    ...{ bus: text, brokers: text, workers: text, url: text, 'data-dir': text, 'topic-prefix': text },
    help: { type: 'boolean' },
  } as const;
  try {
    return parseArgs({ args: [...args], options }).values;
  } catch (error) {
    throw new WrongOptions(error instanceof Error ? error.message : String(error));
  }
};

const busOf = (given: Choices, env: NodeJS.ProcessEnv): BusAddress => {
  const brokers = given.brokers ?? env['KAFKA_BROKERS'] ?? '';
  const dataDir = given['data-dir'];
  const kind = given.bus ?? defaultBus(brokers, given, env);
  switch (kind) {
    case 'off':
      return { kind };
    case 'kafka':
      if (brokers === '') throw new WrongOptions('--bus kafka needs --brokers or KAFKA_BROKERS');
      return { kind, brokers };
    case 'embedded':
      if (given.url !== undefined && dataDir === undefined)
        throw new WrongOptions("--bus embedded needs the server's --data-dir beside --url");
      return { kind, dataDir };
  }
};

/** As the server itself chooses one; of a server elsewhere nothing is known. */
const defaultBus = (brokers: string, given: Choices, env: NodeJS.ProcessEnv): BusAddress['kind'] => {
  if (given['data-dir'] !== undefined) return 'embedded';
  if (given.url !== undefined) return given.brokers === undefined ? 'off' : 'kafka';
  if (brokers !== '') return 'kafka';
  return (env['EVENTSTOREDB_URL'] ?? '') === '' ? 'embedded' : 'off';
};
