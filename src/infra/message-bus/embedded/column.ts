import { UnsafeDatabase } from '../../sqlite/open.ts';

/** What a STRICT table or an aggregate gives for an integer; another type means the file is not what it says. */
export const integer = (value: unknown): number => {
  if (typeof value !== 'number')
    throw new UnsafeDatabase(`bus.db holds ${typeof value} where a number was stored`);
  return value;
};

export const text = (value: unknown): string => {
  if (typeof value !== 'string')
    throw new UnsafeDatabase(`bus.db holds ${typeof value} where text was stored`);
  return value;
};

export const bytes = (value: unknown): Uint8Array => {
  if (!(value instanceof Uint8Array))
    throw new UnsafeDatabase(`bus.db holds ${typeof value} where bytes were stored`);
  return value;
};
