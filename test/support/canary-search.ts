// Finds a text in bytes, in every form it could have leaked in.
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/** How these bytes look in base64, whatever stands before them: the part that no neighbour changes. */
const base64Cores = (bytes: Buffer): readonly string[] =>
  [0, 1, 2].map((offset) => {
    const whole = Buffer.concat([Buffer.alloc(offset), bytes])
      .toString('base64')
      .replace(/=+$/, '');
    return whole.slice(offset === 0 ? 0 : offset + 1, -2);
  });

/** The forms a text could be found in. */
const formsOf = (text: string): readonly Buffer[] => {
  const utf8 = Buffer.from(text);
  const utf16 = Buffer.from(text, 'utf16le');
  const hex = utf8.toString('hex');
  const base64 = [...base64Cores(utf8), ...base64Cores(utf16)];
  const base64url = base64.map((core) => core.replaceAll('+', '-').replaceAll('/', '_'));
  const texts = [hex, hex.toUpperCase(), ...base64, ...base64url];
  return [utf8, utf16, Buffer.from(utf16).swap16(), ...texts.map((form) => Buffer.from(form))];
};

export const findings = (files: ReadonlyMap<string, Buffer>, texts: readonly string[]): readonly string[] =>
  [...files].flatMap(([file, bytes]) =>
    texts
      .filter((text) => formsOf(text).some((form) => bytes.includes(form)))
      .map((text) => `${text} in ${file}`),
  );

export const filesUnder = (directory: string): ReadonlyMap<string, Buffer> =>
  new Map(
    readdirSync(directory, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map((entry) => join(entry.parentPath, entry.name))
      .map((path) => [path, readFileSync(path)]),
  );
