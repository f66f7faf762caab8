import { resolve } from 'node:path';
import { isRunByNpm, processConfig } from './config.ts';
import type { Config } from './config.ts';
import { systemClock } from './infra/clock/system.ts';
import { keepCompiledCode } from './infra/process/code-cache.ts';
import { tuneCollector } from './infra/process/collector.ts';
import { EXIT } from './infra/process/exit-codes.ts';
import { runProcess } from './infra/process/run-process.ts';
import { servingText } from './infra/process/serving-text.ts';
import { readSettingsFile } from './infra/settings-file/settings-file.ts';
import { createLogger } from './infra/telemetry/logger.ts';

const OLDEST_NODE = 24;

const main = async (): Promise<void> => {
  const [major] = process.versions.node.split('.').map(Number);
  if (major === undefined || major < OLDEST_NODE) {
    refuse([
      `Skald needs Node ${OLDEST_NODE} or newer, this is ${process.version}; npm start brings its own`,
    ]);
    return;
  }
  const loaded = processConfig(readSettingsFile);
  if (loaded.kind === 'invalid') refuse(loaded.problems);
  else await run(loaded.config);
};

const refuse = (problems: readonly string[]): void => {
  console.error(['Skald cannot start with these settings:', ...problems].join('\n  '));
  process.exitCode = EXIT.config;
};

const run = async (config: Config): Promise<void> => {
  keepCompiledCode();
  tuneCollector();
  const logger = createLogger(config.LOG_LEVEL);
  let notes: readonly string[] = [];
  await runProcess({
    clock: systemClock(),
    endsWithLauncher: isRunByNpm(),
    compose: async (crash) => {
      // Loaded here: it needs what only the Node version checked above has.
      const { compose } = await import('./compose.ts');
      const composed = await compose(config, { logger, onFatal: crash });
      notes = composed.notes;
      return composed;
    },
    onStarted: (address) => console.log(startLines(config, address, notes).join('\n')),
    say: (message) => console.error(message),
    onFault: (message, error) => logger.fatal({ err: error }, message),
  });
};

const startLines = (config: Config, address: string, notes: readonly string[]): readonly string[] => [
  servingText(address, config.HOST),
  `  authentication  ${config.AUTH === 'off' ? 'off (loopback only)' : config.AUTH}`,
  `  stands on       ${standsOn(config)}`,
  `  master key      ${masterKeyPlace(config)}`,
  `  description     ${address}/swagger-ui.html`,
  ...notes.map((note) => `  ${note}`),
];

const standsOn = (config: Config): string => {
  const stores =
    config.EVENTSTOREDB_URL === undefined
      ? `data directory ${resolve(config.DATA_DIR)}`
      : `EventStoreDB and MongoDB, namespace ${config.NAMESPACE}`;
  return config.KAFKA_BROKERS === undefined ? stores : `${stores}; Kafka`;
};

const masterKeyPlace = ({ MASTER_KEY, MASTER_KEY_FILE, DATA_DIR }: Config): string => {
  if (MASTER_KEY !== undefined) return 'from MASTER_KEY';
  return resolve(MASTER_KEY_FILE ?? `${DATA_DIR}/master.key`);
};

await main();
