import type { Header } from '../port.ts';

const LENGTH_BYTES = 4;

/** Headers as bytes: for each the length of its name, the name, the length of its value, the value. */
export const headerBytes = (headers: readonly Header[]): Uint8Array =>
  Buffer.concat(headers.flatMap(([name, value]) => [...prefixed(Buffer.from(name)), ...prefixed(value)]));

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

const prefixed = (bytes: Uint8Array): readonly Uint8Array[] => {
  const length = Buffer.alloc(LENGTH_BYTES);
  length.writeUInt32BE(bytes.byteLength);
  return [length, bytes];
};
