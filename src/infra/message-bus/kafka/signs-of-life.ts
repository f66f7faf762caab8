import type { Clock } from '../../clock/port.ts';

type Watch = { readonly clock: Clock; readonly everyMs: number; readonly until: AbortSignal };

type Sign = 'consumer.fetch_start' | 'consumer.heartbeat' | 'consumer.group_join';
type Living = { readonly on: (sign: Sign, listener: () => void) => unknown };

const SILENT_TIMES = 3;

/** kafkajs is known to stop in silence: calls `onSilence` once it has neither fetched nor beaten for three intervals. */
export const watchLife = (
  consumer: Living,
  { clock, everyMs, until }: Watch,
  onSilence: () => void,
): void => {
  let silent = 0;
  const live = (): void => {
    silent = 0;
  };
  consumer.on('consumer.fetch_start', live);
  consumer.on('consumer.heartbeat', live);
  consumer.on('consumer.group_join', live);
  const check = (): void => {
    if (until.aborted) return;
    silent += 1;
    if (silent > SILENT_TIMES) onSilence();
    else next();
  };
  let cancel = (): void => undefined;
  const next = (): void => {
    cancel = clock.schedule(everyMs, check);
  };
  next();
  until.addEventListener('abort', () => {
    cancel();
  });
};
