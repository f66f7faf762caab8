/** What the command line exits with. docs/cli.md and every `--help` list them; a test compares. */
export const CLI_EXIT = {
  ok: 0,
  failure: 1,
  usage: 2,
  notFound: 3,
  conflict: 4,
  timedOut: 5,
  unreachable: 6,
} as const;
export type CliExit = (typeof CLI_EXIT)[keyof typeof CLI_EXIT];

export const EXIT_CODES_TEXT = [
  'Exit codes:',
  '  0  done',
  '  1  it failed, or what was checked is not as it should be',
  '  2  wrong usage: a flag, an argument, or input that the server refuses',
  '  3  there is no such thing',
  '  4  it conflicts with the state it met',
  '  5  the time to wait was over first',
  '  6  the server cannot be reached',
].join('\n');
