import type { Header, OutHeader } from '../port.ts';

const LENGTH_BYTES = 4;

// Headers as bytes: for each the length of its name, the name, the length of its value, the value.

export const sizeOfHeaders = (headers: readonly OutHeader[]): number =>
  headers.reduce(
    (sum, [name, value]) => sum + 2 * LENGTH_BYTES + Buffer.byteLength(name) + Buffer.byteLength(value),
    0,
  );

/** Writes them from `at` on and returns where they end. */
export const writeHeaders = (bytes: Buffer, at: number, headers: readonly OutHeader[]): number => {
  let next = at;
  for (const [name, value] of headers) next = writePiece(bytes, writePiece(bytes, next, name), value);
  return next;
};

const writePiece = (bytes: Buffer, at: number, piece: Uint8Array | string): number => {
  const start = at + LENGTH_BYTES;
  const length = typeof piece === 'string' ? bytes.write(piece, start) : piece.byteLength;
  if (typeof piece !== 'string') bytes.set(piece, start);
  bytes.writeUInt32BE(length, at);
  return start + length;
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
