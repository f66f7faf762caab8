import { isIP } from 'node:net';
import { resolve } from 'node:path';
import { z } from 'zod';
import { asOfSettings } from './config-as-of.ts';
import { authConflicts, authSettings } from './config-auth.ts';
import { givenSettings } from './config-documented.ts';
import type { ReadSettings } from './config-documented.ts';
import { edgeConflicts, edgeSettings } from './config-edge.ts';
import { instanceSettings } from './config-instances.ts';
import { limitSettings } from './config-limits.ts';
import { replayConflicts, replaySettings } from './config-replay.ts';
import { serverConflicts, serverSettings } from './config-servers.ts';
import { tracingSettings, unlessIdleTracing } from './config-tracing.ts';
import { witnessSettings } from './config-witness.ts';
import type { Environment } from './environment.ts';
import { secret } from './secret.ts';

export type Config = Omit<z.output<typeof environment>, 'DEBUG' | 'NODE_TLS_REJECT_UNAUTHORIZED'>;
export type LoadedConfig =
  | { readonly kind: 'ok'; readonly config: Config }
  /** One line for each setting that is wrong, naming it and saying how to mend it. */
  | { readonly kind: 'invalid'; readonly problems: readonly string[] };

const integer = (min: number, max: number, fallback: number) =>
  z
    .string()
    .regex(/^\d{1,10}$/, `must be a whole number from ${min} to ${max}`)
    .transform(Number)
    .refine((value) => value >= min && value <= max, `must be a whole number from ${min} to ${max}`)
    .default(fallback);

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
    PORT: integer(0, 65_535, 8080),
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
    LEASE_MS: integer(100, 3_600_000, 30_000),
    SWEEP_MS: integer(100, 86_400_000, 60_000),
    RELEASE_BATCH: integer(1, 10_000, 100),
    RELEASE_INTERVAL_MS: integer(1, 60_000, 100),
    /** A service that nothing is heard of for this long is silent. */
    SILENT_MS: integer(1000, 86_400_000, 60_000),
    /** One that is heard but leaves its work on offer for this long is deaf. */
    DEAF_MS: integer(1000, 86_400_000, 30_000),
    DEBUG: z
      .string()
      .refine((value) => !enablesClientTraces(value), 'must not enable esdb traces: they print credentials')
      .optional(),
    ...serverSettings,
    ...edgeSettings,
    ...limitSettings,
    ...instanceSettings,
    ...witnessSettings,
    ...replaySettings,
    ...asOfSettings,
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
    ...edgeConflicts(given),
    ...replayConflicts(given),
  ];
};

const noFiles: ReadSettings = () => ({ kind: 'flawed', detail: 'no file can be read here' });

/** The settings of this process. */
export const processConfig = (read: ReadSettings): LoadedConfig => loadConfig(process.env, read);

/** Whether this very program is what an npm script runs and waits for: what a script starts besides may outlive it. */
export const isRunByNpm = (): boolean => {
  const script = process.env['npm_lifecycle_script'] ?? '';
  const program = /^['"]?(?:node )?([^\s'"&]+)['"]?(?: [^&]*)?$/.exec(script)?.[1];
  return program === 'skald' || (program !== undefined && resolve(program) === process.argv[1]);
};
