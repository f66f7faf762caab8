import { inspect } from 'node:util';

/** A value that no log and no error message shows. */
export type Secret = {
  readonly reveal: () => string;
  readonly toString: () => string;
  readonly toJSON: () => string;
  readonly [inspect.custom]: () => string;
};

const stars = () => '***';

export const secret = (value: string): Secret => ({
  reveal: () => value,
  toString: stars,
  toJSON: stars,
  [inspect.custom]: stars,
});
