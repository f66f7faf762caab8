const ESCAPES: Readonly<Record<string, string>> = { n: '\n', t: '\t', r: '\r', f: '\f' };

/** Keys and values of a `.properties` file: comments, continued lines and escapes as Java reads them. */
export const propertiesIn = (text: string): readonly (readonly [string, string])[] =>
  logicalLines(text).map((line) => {
    // The key ends at the first separator that is not escaped; blanks around it are not part of anything.
    const [, key = '', value = ''] = /^((?:\\.|[^\\=:\s])*)\s*[=:]?\s*(.*)$/s.exec(line) ?? [];
    return [unescaped(key), unescaped(value)] as const;
  });

const logicalLines = (text: string): readonly string[] => {
  const lines: string[] = [];
  let open: string | undefined;
  for (const raw of text.split(/\r\n|[\r\n]/)) {
    const line = raw.trimStart();
    if (open === undefined && isSkipped(line)) continue;
    const whole: string = (open ?? '') + line;
    open = isContinued(line) ? whole.slice(0, -1) : undefined;
    if (open === undefined) lines.push(whole);
  }
  return open === undefined ? lines : [...lines, open];
};

const isSkipped = (line: string): boolean => line === '' || line.startsWith('#') || line.startsWith('!');

/** It ends with an odd number of backslashes: with an even number they stand for themselves. */
const isContinued = (line: string): boolean => (/\\*$/.exec(line)?.[0].length ?? 0) % 2 === 1;

const unescaped = (text: string): string =>
  text.replaceAll(/\\(?:u([0-9a-fA-F]{4})|(.))/gs, (_whole, hex?: string, character?: string) =>
    hex === undefined
      ? (ESCAPES[character ?? ''] ?? character ?? '')
      : String.fromCharCode(Number.parseInt(hex, 16)),
  );
