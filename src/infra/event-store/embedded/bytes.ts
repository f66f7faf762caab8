import { UUID_BYTES, uuidFromBytes } from './uuid-bytes.ts';

/** Takes back the parts of a stored body, in the order in which `packer` wrote them. */
export type Reader = {
  readonly byte: () => number;
  readonly varint: () => number;
  readonly uint48: () => number;
  readonly uuid: () => string;
  /** So many bytes as lower-case hex. */
  readonly hex: (bytes: number) => string;
  readonly text: () => string;
  /** Where the next part begins. */
  readonly at: () => number;
};

const LOW = 0x80;
const UINT48_BYTES = 6;

/** Reads from a place on. Every part throws a RangeError when the bytes end too early. */
export const reader = (buffer: Buffer, from: number): Reader => {
  let at = from;
  /** Where the next so many bytes begin. */
  const next = (bytes: number): number => {
    if (at + bytes > buffer.length) throw new RangeError('the bytes end too early');
    at += bytes;
    return at - bytes;
  };
  const byte = (): number => buffer.readUInt8(next(1));
  const varint = (): number => {
    let value = 0;
    for (let scale = 1; ; scale *= LOW) {
      const group = byte();
      value += (group % LOW) * scale;
      if (group < LOW) return value;
    }
  };
  return {
    byte,
    varint,
    uint48: () => buffer.readUIntBE(next(UINT48_BYTES), UINT48_BYTES),
    uuid: () => uuidFromBytes(buffer, next(UUID_BYTES)),
    hex: (bytes) => {
      const start = next(bytes);
      return buffer.toString('hex', start, start + bytes);
    },
    text: () => {
      const length = varint();
      const start = next(length);
      return buffer.toString('utf8', start, start + length);
    },
    at: () => at,
  };
};
