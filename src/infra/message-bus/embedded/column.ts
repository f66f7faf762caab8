import { UnsafeDatabase } from '../../sqlite/open.ts';

/** What a STRICT table or an aggregate gives for an integer; another type means the file is not what it says. */
export const integer = (value: unknown): number => {
  if (typeof value === 'number') return value;
  throw wrong(value, 'a number was');
};

export const text = (value: unknown): string => {
  if (typeof value === 'string') return value;
  throw wrong(value, 'text was');
};

export const bytes = (value: unknown): Uint8Array => {
  if (value instanceof Uint8Array) return value;
  throw wrong(value, 'bytes were');
};

const wrong = (value: unknown, wanted: string): UnsafeDatabase =>
  new UnsafeDatabase(`bus.db holds ${typeof value} where ${wanted} stored`);
