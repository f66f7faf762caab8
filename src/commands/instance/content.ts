import { canonical, NotEncodable } from '../../domain/canonical.ts';
import { reject } from '../../domain/decider.ts';
import type { Rejection } from '../../domain/decider.ts';
import type { FlowHeaders, InstanceError, InstanceObject, ReceiveInstanceInput } from './handlers.ts';

/** The longest instance object, in bytes of its canonical JSON. */
const MAX_VALUE_BYTES = 256 * 1024;
/** How deep that JSON may be nested: what is deeper cannot be read at our edges either. */
const MAX_VALUE_DEPTH = 32;
/** Of all errors of one report together: with the rest they must fit into one event. */
const MAX_ERRORS_BYTES = 128 * 1024;

export type InstanceContent = {
  readonly value: Uint8Array;
  readonly headers: Uint8Array;
  /** What must be equal where the same delivery comes again. */
  readonly body: Uint8Array;
};

type Refused = Rejection<'too_large' | 'invalid_input'>;

/** An instance as it is sealed; a refusal where it is too long, too deep, or nothing that JSON can hold. */
export const contentOf = ({ headers, value, createdAt }: ReceiveInstanceInput): InstanceContent | Refused => {
  const encoded = encode(value, MAX_VALUE_BYTES);
  if (typeof encoded !== 'string') return encoded;
  if (depthOf(value) > MAX_VALUE_DEPTH)
    return reject('too_large', `the object is nested deeper than ${String(MAX_VALUE_DEPTH)} levels`);
  const headersText = canonical(headers);
  return {
    value: Buffer.from(encoded),
    headers: Buffer.from(headersText),
    body: Buffer.from([encoded, headersText, createdAt ?? ''].join('\n')),
  };
};

export const errorsContent = (errors: readonly InstanceError[]): Uint8Array | Refused => {
  const encoded = encode(errors, MAX_ERRORS_BYTES);
  return typeof encoded === 'string' ? Buffer.from(encoded) : encoded;
};

export const headersContent = (headers: FlowHeaders): Uint8Array => Buffer.from(canonical(headers));

const encode = (value: unknown, most: number): string | Refused => {
  try {
    const text = canonical(value);
    return Buffer.byteLength(text) <= most ? text : tooLong(most);
  } catch (error) {
    if (!(error instanceof NotEncodable)) throw error;
    if (error.reason === 'too-large') return tooLong(most);
    if (error.reason === 'too-deep-or-cyclic') return reject('too_large', 'the object is nested too deep');
    return reject('invalid_input', error.message, error.pointer);
  }
};

const tooLong = (most: number): Refused => reject('too_large', `more than ${String(most)} bytes of JSON`);

/** Levels of its JSON: the object, its maps, the lists in them. */
const depthOf = ({ objectCollectionPerKey }: InstanceObject): number => {
  const lists = Object.values(objectCollectionPerKey);
  const deepest = lists.flat().reduce((most, child) => Math.max(most, depthOf(child)), 0);
  return lists.length === 0 ? 2 : 3 + deepest;
};
