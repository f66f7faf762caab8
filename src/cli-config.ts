import { z } from 'zod';

const DEFAULTS = { url: 'http://127.0.0.1:8080', dataDir: './data' };

const environment = z.object({
  SKALD_URL: z.string().default(DEFAULTS.url),
  DATA_DIR: z.string().default(DEFAULTS.dataDir),
  SKALD_TOKEN: z.string().optional(),
});

/** What the command line takes from the environment; its options win. */
export type CliConfig = { readonly url: string; readonly dataDir: string; readonly token?: string };

/** An empty variable is an unset one. Whether the address is one is judged with the options. */
export const cliConfig = (): CliConfig => {
  const given = Object.entries(process.env).filter(([, value]) => value !== '');
  const { SKALD_URL, DATA_DIR, SKALD_TOKEN } = environment.parse(Object.fromEntries(given));
  const token = SKALD_TOKEN === undefined ? {} : { token: SKALD_TOKEN };
  return { url: SKALD_URL, dataDir: DATA_DIR, ...token };
};

/** Options of the command line win over the environment of the server that is started here. */
export const overrideSettings = (settings: Readonly<Record<string, string>>): void => {
  Object.assign(process.env, settings);
};
