import type { Clock } from '../clock/port.ts';

const EVERY_MS = 500;

/** Calls `gone` once, soon after the process that started this one has ended. On Windows nobody can tell. */
export const whenLauncherEnds = (clock: Pick<Clock, 'schedule'>, gone: () => void): void => {
  const launcher = process.ppid;
  const look = (): void => {
    if (process.ppid === launcher) clock.schedule(EVERY_MS, look);
    else gone();
  };
  look();
};
