import type { Header } from '../port.ts';

const LENGTH_BYTES = 4;

/** As layout 2 stored headers: for each the length of its name, the name, the length of its value, the value. */
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
