import type { CommandTracer, Ended, Tracing } from '../tracing/port.ts';

/** A command is a span of whoever asked for it; what it wrote, and to which run, is added as it becomes known. */
export const tracedCommand =
  (tracing: Tracing): CommandTracer =>
  (command, run) =>
  (...input) =>
    tracing.around(
      { name: `command ${command}`, kind: 'internal', attributes: { 'skald.command': command } },
      () => run(...input),
      endedAs,
    );

/** A refusal is an answer, not a failure. */
const endedAs = (result: unknown): Ended => {
  const kind = textIn(result, 'kind');
  const code = textIn(result, 'code');
  return {
    attributes: { 'skald.outcome': kind, 'skald.code': code },
    failed: kind === 'unavailable' ? code : undefined,
  };
};

const textIn = (value: unknown, name: string): string | undefined => {
  const text: unknown =
    typeof value === 'object' && value !== null
      ? Object.getOwnPropertyDescriptor(value, name)?.value
      : undefined;
  return typeof text === 'string' ? text : undefined;
};
