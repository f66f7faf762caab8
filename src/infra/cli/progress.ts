import type { Clock } from '../clock/port.ts';

export type Progress = {
  /** `total` where it is known: only then there is an estimate of the time left. */
  readonly at: (done: number, total?: number) => void;
  readonly end: () => void;
};

const EVERY_MS = 200;

/** A status line with rate and time left, at most five times a second. */
export const progressLine = (
  { status }: { readonly status: (text: string) => void },
  clock: Pick<Clock, 'now'>,
  unit: string,
): Progress => {
  const start = clock.now();
  let shownAt = start;
  return {
    at: (done, total) => {
      const now = clock.now();
      if (now - shownAt < EVERY_MS) return;
      shownAt = now;
      const perSecond = (done * 1000) / (now - start);
      status(progressText({ done, perSecond, unit, ...(total === undefined ? {} : { total }) }));
    },
    end: () => {
      status('');
    },
  };
};

type Shown = {
  readonly done: number;
  readonly perSecond: number;
  readonly unit: string;
  readonly total?: number;
  readonly secondsLeft?: number | null;
};

export const progressText = ({ done, perSecond, unit, total, secondsLeft }: Shown): string => {
  const share = total === undefined || total === 0 ? '' : ` of ${count(total)} (${percent(done, total)} %)`;
  const left = secondsLeft ?? (total === undefined || perSecond === 0 ? null : (total - done) / perSecond);
  const eta = left === null ? '' : `, ETA ${duration(Math.max(0, left))}`;
  return `${count(done)}${share} ${unit}, ${count(Math.round(perSecond))}/s${eta}`;
};

const percent = (done: number, total: number): number => Math.floor((100 * done) / total);

export const count = (value: number): string => value.toLocaleString('en');

export const duration = (seconds: number): string => {
  const whole = Math.ceil(seconds);
  if (whole < 60) return `${whole} s`;
  if (whole < 3600) return `${Math.floor(whole / 60)} min ${whole % 60} s`;
  return `${Math.floor(whole / 3600)} h ${Math.floor((whole % 3600) / 60)} min`;
};
