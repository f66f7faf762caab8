/** Payloads travel as base64. */
export const base64Of = (bytes: Uint8Array): string =>
  Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('base64');

export const bytesOf = (base64: string): Uint8Array => new Uint8Array(Buffer.from(base64, 'base64'));

const strict = new TextDecoder('utf-8', { fatal: true });

/**
 * The value that a payload holds, as in `run.result`: what its JSON says, its bytes where it is not JSON, undefined
 * where it is empty, or where there is none, as of a step that has not answered.
 */
export const valueOf = (base64: string | undefined): unknown => {
  const bytes = bytesOf(base64 ?? '');
  if (bytes.length === 0) return undefined;
  try {
    return JSON.parse(strict.decode(bytes));
  } catch {
    return bytes;
  }
};

export const isBytes = (value: unknown): value is Uint8Array | ArrayBuffer =>
  value instanceof Uint8Array || value instanceof ArrayBuffer;

/** As bytes: those given, the JSON of any other value, none for undefined. */
export const encoded = (value: unknown): Uint8Array => {
  if (isBytes(value)) return value instanceof Uint8Array ? value : new Uint8Array(value);
  const json: unknown = JSON.stringify(value);
  return new TextEncoder().encode(typeof json === 'string' ? json : '');
};
