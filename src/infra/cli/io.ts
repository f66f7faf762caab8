import { once } from 'node:events';
import { createInterface } from 'node:readline/promises';

/** The terminal, or what stands in for it: data goes out, everything else is said. */
export type Io = {
  /** Writes data; resolves when whoever reads it can take more. */
  readonly out: (text: string) => Promise<void>;
  /** One line for people. */
  readonly say: (line: string) => void;
  /** Replaces the status line; shown on a terminal only. Empty text removes it. */
  readonly status: (text: string) => void;
  /** Undefined when there is nobody to ask. */
  readonly confirm: (question: string) => Promise<boolean | undefined>;
};

/** Of a terminal that does not tell. */
const WIDTH = 80;
const CLEAR_LINE = '\r\u001b[K';

export const processIo = ({ stdin, stdout, stderr }: NodeJS.Process): Io => {
  let hasStatus = false;
  const status = (text: string): void => {
    if (!stderr.isTTY || (text === '' && !hasStatus)) return;
    stderr.write(`${CLEAR_LINE}${text.slice(0, (stderr.columns || WIDTH) - 1)}`);
    hasStatus = text !== '';
  };
  return {
    out: async (text) => {
      // Both may be the same terminal.
      status('');
      if (!stdout.write(text)) await once(stdout, 'drain');
    },
    say: (line) => {
      status('');
      stderr.write(`${line}\n`);
    },
    status,
    confirm: async (question) => {
      if (!stdin.isTTY || !stderr.isTTY) return undefined;
      const lines = createInterface({ input: stdin, output: stderr });
      const answer = await lines.question(`${question} [y/N] `);
      lines.close();
      return /^y(es)?$/i.test(answer.trim());
    },
  };
};
