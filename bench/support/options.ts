import { parseArgs } from 'node:util';
import type { ParseArgsOptionsConfig } from 'node:util';
import { z } from 'zod';

/** What a measurement was told on its command line; with --help it says how it is called, and ends. */
export const optionsOf = <Options extends ParseArgsOptionsConfig>(help: string, options: Options) => {
  if (process.argv.includes('--help')) {
    console.log(help);
    process.exit(0);
  }
  return parseArgs({ options }).values;
};

/** A whole number of at least one. */
export const whole = z.coerce.number().int().min(1);
