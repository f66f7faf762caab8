import type { Clock } from '../../clock/port.ts';

/** Numbers that grow with time. Between processes they are as good as their clocks, which only decides who is first. */
export const growingNumbers = (clock: Pick<Clock, 'now'>): (() => number) => {
  let last = 0;
  return () => {
    last = Math.max(last + 1, clock.now() * 1000);
    return last;
  };
};
