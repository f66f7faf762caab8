import { Option } from 'commander';
import type { Command } from 'commander';
import type { CliDeps } from '../call.ts';
import { define } from '../define.ts';
import { SERVE_EXIT_CODES_TEXT } from '../exit-codes.ts';

export const serveCommand = (program: Command, deps: CliDeps): void => {
  define(program, deps, {
    usage: 'serve',
    summary: 'run the server here, with settings from the environment, until a signal',
    example: 'serve --roles api,projector',
    exitCodes: SERVE_EXIT_CODES_TEXT,
    options: [
      new Option('--roles <list>', 'what this process does, as ROLES'),
      new Option('--from <where>', 'where the bridge begins that has no checkpoint, as BRIDGE_FROM').choices([
        'start',
        'now',
      ]),
    ],
    run: async ({ serve, text }) => {
      const [roles, from] = [text('roles'), text('from')];
      await serve({
        ...(roles === undefined ? {} : { ROLES: roles }),
        ...(from === undefined ? {} : { BRIDGE_FROM: from }),
      });
    },
  });
};
