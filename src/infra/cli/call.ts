import type { Command } from 'commander';
import { z } from 'zod';
import type { Clock } from '../clock/port.ts';
import { httpApi } from './api.ts';
import type { Api } from './api.ts';
import { bearerToken } from './bearer-token.ts';
import { usageError } from './errors.ts';
import type { Chain } from './audit/heads.ts';
import type { LocalLog } from './audit/local-log.ts';
import type { Backups } from './backup/backups.ts';
import type { StrictJson } from './import/lines.ts';
import type { Io } from './io.ts';
import { FORMATS, outputOf } from './output.ts';
import type { Output } from './output.ts';

export type CliDeps = {
  readonly io: Io;
  readonly clock: Clock;
  /** Of this program. */
  readonly version: string;
  /** What options have where they are not given. */
  readonly defaults: { readonly url: string; readonly dataDir: string; readonly token?: string };
  /** Runs the server in this process. */
  readonly serve: (settings: Readonly<Record<string, string>>) => Promise<unknown>;
  readonly chain: Chain;
  readonly localLog: LocalLog;
  readonly strictJson: StrictJson;
  readonly backups: Backups;
};

/** One command as it was typed, with what it works with. */
export type Call = CliDeps & {
  readonly api: Api;
  readonly output: Output;
  readonly url: URL;
  readonly args: readonly string[];
  /** An option's text, undefined where it was not given. */
  readonly text: (name: string) => string | undefined;
  /** Of an option that may be repeated. */
  readonly list: (name: string) => readonly string[];
  readonly number: (name: string) => number | undefined;
  readonly flag: (name: string) => boolean;
  /** True where `--no-<name>` was given. */
  readonly isOff: (name: string) => boolean;
};

const options = z.looseObject({
  url: z.string(),
  output: z.enum(FORMATS),
  timeout: z.number(),
  tokenFile: z.string().optional(),
});

/** @throws CliError when the address is none. */
export const callOf = (deps: CliDeps, command: Command): Call => {
  const given = options.parse(command.optsWithGlobals());
  const url = serverUrl(given.url);
  const token = bearerToken(given.tokenFile, deps.defaults.token);
  return {
    ...deps,
    url,
    api: httpApi(url, given.timeout * 1000, token),
    output: outputOf(deps.io, given.output),
    args: command.args,
    text: (name) => z.string().optional().parse(given[name]),
    list: (name) => z.array(z.string()).default([]).parse(given[name]),
    number: (name) => z.number().optional().parse(given[name]),
    flag: (name) => given[name] === true,
    isOff: (name) => given[name] === false,
  };
};

const serverUrl = (text: string): URL => {
  const url = URL.parse(text);
  if (url !== null && `${url.username}${url.password}` !== '')
    throw usageError(
      'an address holds no user and no password here: a token goes by SKALD_TOKEN or --token-file',
    );
  if (url !== null && /^https?:$/.test(url.protocol) && url.search === '') return url;
  // What is no address may hold a password all the same.
  const shown = text.replace(/^.*@/s, '…@');
  throw usageError(`not the address of a server: ${shown} (expected something like http://127.0.0.1:8080)`);
};
