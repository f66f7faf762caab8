import type { Header } from '../port.ts';

const LENGTH_BYTES = 4;

// Headers as bytes: for each the length of its name, the name, the length of its value, the value.

export const sizeOfHeaders = (headers: readonly Header[]): number =>
  headers.reduce(
    (sum, [name, value]) => sum + 2 * LENGTH_BYTES + Buffer.byteLength(name) + value.byteLength,
    0,
  );

/** Writes them from `at` on and returns where they end. */
export const writeHeaders = (bytes: Buffer, at: number, headers: readonly Header[]): number => {
  let next = at;
  for (const [name, value] of headers) {
    const length = bytes.write(name, next + LENGTH_BYTES);
    next = bytes.writeUInt32BE(length, next) + length;
    next = bytes.writeUInt32BE(value.byteLength, next);
    bytes.set(value, next);
    next += value.byteLength;
  }
  return next;
};

export const headersOf = (bytes: Uint8Array): readonly Header[] => {
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const headers: Header[] = [];
  let at = 0;
  const next = (): Buffer => {
    const from = at + LENGTH_BYTES;
    at = from + buffer.readUInt32BE(at);
    return buffer.subarray(from, at);
  };
  while (at < buffer.length) headers.push([next().toString(), new Uint8Array(next())]);
  return headers;
};
