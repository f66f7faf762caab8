import { parseStrictJsonWith } from './strict-json.ts';
import type { ParsedJson } from './strict-json.ts';

const INTEGER = /^-?\d+$/;

/** What `JSON.parse` tells of a number: its digits as they stood there. */
type Told = { readonly source?: string };

const asBigint = (_key: string, value: unknown, told?: Told): unknown => {
  if (typeof value !== 'number') return value;
  return told?.source !== undefined && INTEGER.test(told.source) ? BigInt(told.source) : value;
};

/**
 * JSON under the checks of `parseStrictJson`, except that no integer is refused or rounded, whatever its size: each
 * one comes as a bigint. What is written with a fraction or an exponent comes as a number.
 */
export const parseExactJson = (bytes: Uint8Array): ParsedJson => parseStrictJsonWith(bytes, asBigint);

/** What can be written as JSON without any loss. */
export type ExactJson =
  | string
  | number
  | bigint
  | boolean
  | null
  | readonly ExactJson[]
  | { readonly [key: string]: ExactJson | undefined };

/** As `JSON.stringify`, with bigints as integers of all their digits. Fields that are undefined are left out. */
export const exactJson = (value: ExactJson): string => {
  if (typeof value === 'bigint') return value.toString();
  if (Array.isArray(value)) return `[${value.map((item: ExactJson) => exactJson(item)).join(',')}]`;
  if (typeof value !== 'object' || value === null) return JSON.stringify(value);
  const fields = Object.entries(value).flatMap(([key, field]: [string, ExactJson | undefined]) =>
    field === undefined ? [] : [`${JSON.stringify(key)}:${exactJson(field)}`],
  );
  return `{${fields.join(',')}}`;
};
