const NEGATIVE = 'TimeoutNegativeWarning';

let isQuiet = false;

/**
 * Keeps kafkajs' one harmless warning out of the output: it schedules a check for a time gone by, which Node takes as
 * one millisecond. Every other warning is passed on, this one too where somebody else causes it.
 */
export const quietNegativeTimeouts = (): void => {
  if (isQuiet) return;
  isQuiet = true;
  const emit = process.emitWarning.bind(process);
  // The overloads of Node's function have no common type.
  process.emitWarning = ((...args: Parameters<typeof emit>): void => {
    if (!isOfKafkaJs(args)) emit(...args);
  }) as typeof process.emitWarning;
};

const isOfKafkaJs = (args: readonly unknown[]): boolean =>
  args.includes(NEGATIVE) && (new Error().stack ?? '').includes('kafkajs');
