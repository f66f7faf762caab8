export const UUID_BYTES = 16;
const UUID_CHARS = 36;
const DASH = 45;
const NO_DIGIT = 16;

/** What a character stands for in lower-case hex, by its code. */
const VALUES = new Uint8Array(128).fill(NO_DIGIT);
for (let value = 0; value < NO_DIGIT; value += 1) VALUES[value.toString(16).charCodeAt(0)] = value;

// Where in the text each byte's two digits are.
const DIGITS = new Uint8Array([0, 2, 4, 6, 9, 11, 14, 16, 19, 21, 24, 26, 28, 30, 32, 34]);

const digitAt = (text: string, at: number): number => VALUES[text.charCodeAt(at)] ?? NO_DIGIT;

/** Lower case with dashes: the only form whose 16 bytes give the same text back. Several times faster than a pattern. */
export const isUuid = (text: string): boolean => {
  if (text.length !== UUID_CHARS || !hasDashes(text)) return false;
  for (let byte = 0; byte < UUID_BYTES; byte += 1) {
    const from = DIGITS[byte] ?? 0;
    if ((digitAt(text, from) | digitAt(text, from + 1)) >= NO_DIGIT) return false;
  }
  return true;
};

const hasDashes = (text: string): boolean =>
  text.charCodeAt(8) === DASH &&
  text.charCodeAt(13) === DASH &&
  text.charCodeAt(18) === DASH &&
  text.charCodeAt(23) === DASH;

/** The 16 bytes of a UUID; several times faster than by way of its text without dashes. */
export const writeUuid = (to: Uint8Array, at: number, uuid: string): void => {
  for (let byte = 0; byte < UUID_BYTES; byte += 1) {
    const from = DIGITS[byte] ?? 0;
    to[at + byte] = (digitAt(uuid, from) << 4) | digitAt(uuid, from + 1);
  }
};
