import { fork } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { z } from 'zod';

/** A process of a measurement that talks over IPC. `file` is relative to bench/. */
export const childOf = (
  file: string,
  args: readonly (string | number)[] = [],
  flags: readonly string[] = [],
): ChildProcess =>
  fork(new URL(`../${file}`, import.meta.url), args.map(String), {
    execArgv: [...process.execArgv, ...flags],
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
  });

/** The next message of the child. @throws where it ends first, or says something else than the schema. */
export const messageOf = async <Schema extends z.ZodType>(
  child: ChildProcess,
  schema: Schema,
): Promise<z.output<Schema>> => {
  const ended = once(child, 'exit').then(() => {
    throw new Error('a process of the measurement ended early');
  });
  ended.catch(() => undefined);
  const messages: unknown[] = await Promise.race([once(child, 'message'), ended]);
  return schema.parse(messages[0]);
};

export const latencies = z.strictObject({ p50: z.number(), p99: z.number(), max: z.number() });
