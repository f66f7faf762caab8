import type { Command } from 'commander';
import type { CliDeps } from '../call.ts';
import { define } from '../define.ts';

export const serveCommand = (program: Command, deps: CliDeps): void => {
  define(program, deps, {
    usage: 'serve',
    summary: 'run the server here, with settings from the environment, until a signal',
    example: 'serve   # its own exit codes: see the README',
    run: async ({ serve }) => {
      await serve();
    },
  });
};
