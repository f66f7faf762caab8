import type { Soon } from '../infra/clock/port.ts';

/** Goes on with a value: at once where it is there, so that what is in memory costs no promise. */
export const whenThere = <Value, Next>(value: Soon<Value>, next: (value: Value) => Soon<Next>): Soon<Next> =>
  value instanceof Promise ? value.then(next) : next(value);
