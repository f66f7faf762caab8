import { pino } from 'pino';
import { compose } from '../../src/compose.ts';
import { loadConfig } from '../../src/config.ts';
import { askOf } from './past-record.ts';

/** The whole product in this process, on a data directory. Whoever starts it closes it. */
export const skaldIn = async (dataDir: string, settings: Readonly<Record<string, string>> = {}) => {
  const loaded = loadConfig({ PORT: '0', DATA_DIR: dataDir, BRIDGE_FROM: 'start', ...settings });
  if (loaded.kind === 'invalid') throw new Error(loaded.problems.join());
  const onFatal = (error: unknown): void => {
    throw error;
  };
  const { app, start, close } = await compose(loaded.config, { logger: pino({ level: 'silent' }), onFatal });
  await start();
  return { ask: askOf(app), close };
};
