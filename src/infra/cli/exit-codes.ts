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
  '  2  wrong usage: a flag, an argument, input that cannot be read or that the server refuses',
  '  3  there is no such thing, on the server or on this disk',
  '  4  it conflicts with the state it met',
  '  5  the time to wait was over first',
  '  6  the server cannot be reached',
].join('\n');

/** Of a server, which supervisors tell apart. The README lists them; a test compares. */
export const SERVE_EXIT_CODES_TEXT = [
  'Exit codes:',
  '   0  stopped by a signal: work under way was finished first',
  '   2  wrong usage: a flag or an argument',
  '  70  an error nobody expected',
  '  74  the disk, a file in the data directory, or the address cannot be used',
  '  75  another process uses the data directory',
  '  78  a setting or the master key is wrong, or the data is of a newer version',
].join('\n');
