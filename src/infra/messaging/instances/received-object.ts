import { z } from 'zod';
import { instanceObject, receiveInstanceInput } from '../../../commands/instance/inputs.ts';

const LAST_MS = Date.UTC(9999, 11, 31, 23, 59, 59, 999);

/** A time in text, or as Java writes it where nobody told it otherwise: whole milliseconds since 1970. */
const time = z.preprocess((given) => {
  const isMilliseconds = typeof given === 'bigint' && given >= 0n && given <= LAST_MS;
  return isMilliseconds ? new Date(Number(given)).toISOString() : given;
}, receiveInstanceInput.shape.createdAt);

/** A field that is null is one that is not there, as in the headers: so Java writes what it has not got. */
const withoutNulls = (value: unknown): unknown => {
  if (Array.isArray(value)) return value.map(withoutNulls);
  if (typeof value !== 'object' || value === null) return value;
  const given = Object.entries(value).filter(([, field]) => field !== null);
  return Object.fromEntries(given.map(([name, field]) => [name, withoutNulls(field)]));
};

/** An instance object as it comes on its topic: with the time it was made, where its sender knows it. */
export const receivedObject = z.preprocess(
  withoutNulls,
  z
    .object({ createdAt: time.exactOptional() })
    .and(instanceObject)
    .transform(({ createdAt, ...value }) => ({ value, ...(createdAt === undefined ? {} : { createdAt }) })),
);
