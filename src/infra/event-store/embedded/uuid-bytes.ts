export const UUID_BYTES = 16;

/** Lower case with dashes: the only form whose 16 bytes give the same text back. Several times faster than a pattern. */
export const isUuid = (text: string): boolean => {
  if (text.length !== UUID_CHARS) return false;
  for (let at = 0; at < UUID_CHARS; at += 1) {
    const isFine = isDashAt(at) ? text.charCodeAt(at) === DASH : isDigit(text.charCodeAt(at));
    if (!isFine) return false;
  }
  return true;
};

const UUID_CHARS = 36;
const DASH = 45;

const isDashAt = (at: number): boolean => at === 8 || at === 13 || at === 18 || at === 23;

/** Of lower-case hex. */
const isDigit = (code: number): boolean =>
  (code >= ZERO && code <= NINE) || (code >= LETTER_A && code <= LETTER_F);

const ZERO = 48;
const NINE = 57;
const LETTER_A = 97;
const LETTER_F = 102;

// Where in the text each byte's two digits are.
const DIGITS = [0, 2, 4, 6, 9, 11, 14, 16, 19, 21, 24, 26, 28, 30, 32, 34] as const;

/** The 16 bytes of a UUID; several times faster than by way of its text without dashes. */
export const writeUuid = (to: Uint8Array, at: number, uuid: string): void => {
  for (let byte = 0; byte < UUID_BYTES; byte += 1) {
    const from = DIGITS[byte] ?? 0;
    to[at + byte] = (digitAt(uuid, from) << 4) | digitAt(uuid, from + 1);
  }
};

/** From the code of a letter to its value. */
const BEFORE_A = LETTER_A - 10;

const digitAt = (text: string, at: number): number => {
  const code = text.charCodeAt(at);
  return code > NINE ? code - BEFORE_A : code - ZERO;
};

/** The 32 digits from a place on as the text of a UUID. */
export const uuidOfHex = (hex: string, at: number): string =>
  `${hex.slice(at, at + 8)}-${hex.slice(at + 8, at + 12)}-${hex.slice(at + 12, at + 16)}-` +
  `${hex.slice(at + 16, at + 20)}-${hex.slice(at + 20, at + 32)}`;
