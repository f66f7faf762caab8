/** Appends the parts of a stored body, in the order in which `reader` takes them back. */
export type Writer = {
  readonly byte: (value: number) => void;
  /** Unsigned, little groups of 7 bits first. */
  readonly varint: (value: number) => void;
  readonly bytes: (value: Uint8Array) => void;
  /** UTF-8 behind its length as a varint. */
  readonly text: (value: string) => void;
  readonly done: () => Buffer;
};

export type Reader = {
  readonly byte: () => number;
  readonly varint: () => number;
  readonly bytes: (length: number) => Buffer;
  readonly text: () => string;
  readonly rest: () => Buffer;
};

const LOW = 0x80;

export const writer = (): Writer => {
  const parts: Uint8Array[] = [];
  const varint = (value: number): void => {
    const groups: number[] = [];
    let left = value;
    for (; left >= LOW; left = Math.floor(left / LOW)) groups.push((left % LOW) + LOW);
    parts.push(Uint8Array.of(...groups, left));
  };
  return {
    byte: (value) => void parts.push(Uint8Array.of(value)),
    varint,
    bytes: (value) => void parts.push(value),
    text: (value) => {
      const encoded = Buffer.from(value);
      varint(encoded.length);
      parts.push(encoded);
    },
    done: () => Buffer.concat(parts),
  };
};

/** @throws RangeError when the bytes end too early. */
export const reader = (from: Uint8Array): Reader => {
  const buffer = Buffer.from(from.buffer, from.byteOffset, from.byteLength);
  let at = 0;
  const bytes = (length: number): Buffer => {
    if (at + length > buffer.length) throw new RangeError('the bytes end too early');
    at += length;
    return buffer.subarray(at - length, at);
  };
  const byte = (): number => bytes(1).readUInt8();
  const varint = (): number => {
    let value = 0;
    for (let scale = 1; ; scale *= LOW) {
      const next = byte();
      value += (next % LOW) * scale;
      if (next < LOW) return value;
    }
  };
  return { byte, varint, bytes, text: () => bytes(varint()).toString(), rest: () => buffer.subarray(at) };
};
