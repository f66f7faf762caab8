import { collectDefaultMetrics, Registry } from 'prom-client';

let registry: Registry | undefined;

/**
 * What is known of this process: CPU, memory, event loop, garbage. What watches it cannot be told to stop: it is begun
 * once, by the first who asks.
 */
export const processMetrics = (): Promise<string> => {
  registry ??= watched();
  return registry.metrics();
};

const watched = (): Registry => {
  const made = new Registry();
  collectDefaultMetrics({ register: made });
  return made;
};
