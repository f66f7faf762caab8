import { isIP } from 'node:net';
import { resolve } from 'node:path';
import { z } from 'zod';
import { authConflicts, authSettings } from './config-auth.ts';
import { givenSettings } from './config-documented.ts';
import type { ReadSettings } from './config-documented.ts';
import { duration } from './config-duration.ts';
import { instanceSettings } from './config-instances.ts';
import { limitSettings } from './config-limits.ts';
import { replayConflicts, replaySettings } from './config-replay.ts';
import { serverConflicts, serverSettings } from './config-servers.ts';
import { tracingSettings, unlessIdleTracing } from './config-tracing.ts';
import { wholeNumber } from './config-values.ts';
import type { Environment } from './environment.ts';
import { secret } from './secret.ts';

export type Config = Omit<z.output<typeof environment>, 'DEBUG' | 'NODE_TLS_REJECT_UNAUTHORIZED'>;
export type LoadedConfig =
  | { readonly kind: 'ok'; readonly config: Config }
  /** One line for each setting that is wrong, naming it and saying how to mend it. */
  | { readonly kind: 'invalid'; readonly problems: readonly string[] };

const DAY_MS = 86_400_000;

/** Names and literal addresses only: what a resolver would have to be asked for may point anywhere. */
const isLoopback = (host: string): boolean =>
  host === 'localhost' || host === '::1' || (isIP(host) === 4 && host.startsWith('127.'));

const oneOf = <const Values extends readonly [string, ...string[]]>(
  values: Values,
  fallback: Values[number],
) => z.enum(values, `must be one of ${values.join(', ')}`).default(fallback);

const hexKey = () =>
  z
    .string()
    .regex(
      /^[0-9A-Fa-f]{64}$/,
      'must be 64 hexadecimal digits (32 bytes), for instance from: openssl rand -hex 32',
    );

const environment = z
  .object({
    HOST: z.string().default('127.0.0.1'),
    /** 0: any free port. */
    PORT: wholeNumber(0, 65_535).default(8080),
    DATA_DIR: z.string().default('./data'),
    /** Where a log that has lost its end may end: the last position that is left. */
    ACCEPT_LOSS: z
      .string()
      .regex(/^\d{1,15}$/, 'must be the position that the log ends at now')
      .transform(Number)
      .optional(),
    /** Settings by their own or their documented names; the environment wins. */
    CONFIG_FILE: z.string().optional(),
    ...authSettings,
    MASTER_KEY: hexKey().transform(secret).optional(),
    MASTER_KEY_FILE: z.string().optional(),
    /** The key before it: what it wraps is wrapped anew at the start. */
    MASTER_KEY_PREVIOUS: hexKey().transform(secret).optional(),
    MASTER_KEY_PREVIOUS_FILE: z.string().optional(),
    LOG_LEVEL: oneOf(['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent'], 'info'),
    LEASE_MS: wholeNumber(100, 3_600_000).default(30_000),
    SWEEP_MS: wholeNumber(100, 86_400_000).default(60_000),
    RELEASE_BATCH: wholeNumber(1, 10_000).default(100),
    RELEASE_INTERVAL_MS: wholeNumber(1, 60_000).default(100),
    /** A service that nothing is heard of for this long is silent. */
    SILENT_MS: wholeNumber(1000, 86_400_000).default(60_000),
    /** One that is heard but leaves its work on offer for this long is deaf. */
    DEAF_MS: wholeNumber(1000, 86_400_000).default(30_000),
    /** A step that no service has been registered for this long is left by all: what lies on offer of it is taken back. */
    TAKE_BACK_MS: wholeNumber(1000, 86_400_000).default(60_000),
    DEBUG: z
      .string()
      .refine((value) => !enablesClientTraces(value), 'must not enable esdb traces: they print credentials')
      .optional(),
    ...serverSettings,
    /** Under which everything is served too: a deployment behind an address that several share. */
    BASE_PATH: z
      .string()
      .regex(/^(?:\/[A-Za-z0-9_-]{1,60}){1,5}$/, 'must be like /org or /beta/org')
      .optional(),
    /** Where metrics and health are served without a token, on the same host; 0: any free port. */
    METRICS_PORT: wholeNumber(0, 65_535).optional(),
    ...limitSettings,
    ...instanceSettings,
    /** Ed25519 private key (PEM, PKCS#8) that checkpoints are signed with; outside of DATA_DIR. None are signed without. */
    SIGNING_KEY_FILE: z.string().optional(),
    /** From one checkpoint to the next, where anything happened. */
    CHECKPOINT_EVERY_MS: duration(100, 365 * DAY_MS, 3_600_000),
    /** Where each checkpoint is written out as a file. */
    CHECKPOINT_DIR: z.string().optional(),
    ...replaySettings,
    /** How much of `DATA_DIR/as-of` past read models may take, in MiB, before those not used for long go. */
    AS_OF_MIB: wholeNumber(1, 1024 * 1024).default(1024),
    ...tracingSettings,
    NODE_TLS_REJECT_UNAUTHORIZED: z
      .string()
      .refine((value) => value !== '0', 'must not be 0: it accepts every certificate')
      .optional(),
  })
  .readonly();

/** Patterns as the `debug` package reads them: separated by blanks or commas, `-` excludes, `*` is anything. */
const enablesClientTraces = (patterns: string): boolean =>
  patterns
    .split(/[\s,]+/)
    .some((pattern) => pattern === '*' || /^esdb(?:$|[:*])|^(?:e|es|esd)\*/.test(pattern));

/**
 * The environment as settings, and the file it names, or everything that is wrong with them at once. An empty variable
 * is an unset one.
 */
export const loadConfig = (env: Environment, read: ReadSettings = noFiles): LoadedConfig => {
  const { given, problems } = givenSettings(env, read);
  const parsed = environment.safeParse(unlessIdleTracing(given));
  // Judged beside the schema, which skips cross checks while any single value is wrong.
  const conflicts = [...problems, ...conflictsIn(given)];
  if (parsed.success && conflicts.length === 0) return { kind: 'ok', config: parsed.data };
  const found = parsed.error?.issues.map(({ path, message }) => `${path.join('.')} ${message}`) ?? [];
  return { kind: 'invalid', problems: [...found, ...conflicts] };
};

const conflictsIn = (given: Environment): readonly string[] => {
  const { HOST: host = '127.0.0.1', AUTH: auth = 'off' } = given;
  const isExposed = auth === 'off' && !isLoopback(host);
  const twice = ['MASTER_KEY', 'MASTER_KEY_PREVIOUS'].filter(
    (name) => given[name] !== undefined && given[`${name}_FILE`] !== undefined,
  );
  return [
    ...(isExposed ? ['HOST must be a loopback address (127.0.0.1, ::1, localhost) while AUTH is off'] : []),
    ...twice.map((name) => `${name}_FILE must not be set beside ${name}: keep one of them`),
    ...authConflicts(given),
    ...serverConflicts(given),
    ...(isPortTwice(given) ? [PORT_TWICE] : []),
    ...replayConflicts(given),
  ];
};

const PORT_TWICE =
  'METRICS_PORT must be another port than PORT: /metrics is served there too, to whoever may read it';

const isPortTwice = ({ PORT = '8080', METRICS_PORT = '0' }: Environment): boolean =>
  Number(METRICS_PORT) !== 0 && Number(METRICS_PORT) === Number(PORT);

const noFiles: ReadSettings = () => ({ kind: 'flawed', detail: 'no file can be read here' });

/** The settings of this process. */
export const processConfig = (read: ReadSettings): LoadedConfig => loadConfig(process.env, read);

/** Whether this very program is what an npm script runs and waits for: what a script starts besides may outlive it. */
export const isRunByNpm = (): boolean => {
  const script = process.env['npm_lifecycle_script'] ?? '';
  const program = /^['"]?(?:node )?([^\s'"&]+)['"]?(?: [^&]*)?$/.exec(script)?.[1];
  return program === 'skald' || (program !== undefined && resolve(program) === process.argv[1]);
};
