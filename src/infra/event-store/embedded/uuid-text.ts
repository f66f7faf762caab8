export const UUID_TEXT_BYTES = 36;

const DASH = 45;
const DASHES = [8, 13, 18, 23] as const;
const DIGITS = Buffer.from('0123456789abcdef');
// Where in the text each byte's two digits go.
const PLACES = [0, 2, 4, 6, 9, 11, 14, 16, 19, 21, 24, 26, 28, 30, 32, 34] as const;

/** The text of a UUID's 16 bytes from a place on, as ASCII. */
export const writeUuidText = (to: Uint8Array, at: number, from: Uint8Array, start: number): void => {
  for (let byte = 0; byte < PLACES.length; byte += 1) {
    const value = from[start + byte] ?? 0;
    const place = at + (PLACES[byte] ?? 0);
    to[place] = DIGITS[value >> 4] ?? 0;
    to[place + 1] = DIGITS[value & 0xf] ?? 0;
  }
  for (const dash of DASHES) to[at + dash] = DASH;
};

/** The same, as a text of its own. */
export const uuidTextAt = (from: Uint8Array, start: number): string => {
  writeUuidText(ALONE, 0, from, start);
  return ALONE.toString('latin1');
};

const ALONE = Buffer.alloc(UUID_TEXT_BYTES);
