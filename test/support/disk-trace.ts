// What a process did to the files of one directory, as strace has written it down.

type Write = {
  readonly kind: 'write';
  readonly file: string;
  readonly offset: number;
  readonly bytes: Buffer;
};
type Truncate = { readonly kind: 'truncate'; readonly file: string; readonly size: number };
type Unlink = { readonly kind: 'unlink'; readonly file: string };
export type Change = (Write | Truncate | Unlink) & Span;
/** Lines of the trace: it begins at one, and has returned at the other. */
type Span = { readonly began: number; readonly ended: number };
/** `file` is empty for the directory itself, which says which files there are. */
export type Flush = Span & { readonly file: string };
/** What the process wrote to its standard output. */
type Said = Span & { readonly text: string };

export type DiskTrace = {
  readonly changes: readonly Change[];
  readonly flushes: readonly Flush[];
  readonly said: readonly Said[];
  /** Lines in all. */
  readonly length: number;
};

/** What strace has to be told: paths of descriptors, whole strings, in hexadecimal. */
export const TRACED = [
  ...['-f', '--seccomp-bpf', '-qq', '-y', '-xx', '-s', '1048576'],
  ...['-e', 'trace=pwrite64,write,fsync,fdatasync,ftruncate,unlink', '-e', 'signal=none'],
];

const CALL = /^(\d+) +(\w+)\((.*)$/;
const RESUMED = /^(\d+) +<\.\.\. \w+ resumed>.*\) += (-?\d+)/;
const RETURN = /\) += (-?\d+)[^)"]*$/;
const UNFINISHED = / <unfinished \.\.\.>$/;

type Call = Span & { readonly name: string; readonly args: string };

/** @param text of a trace. @param directory whose files are of interest */
export const readTrace = (text: string, directory: string): DiskTrace => {
  const lines = text.split('\n');
  const calls = callsIn(lines).toSorted((one, other) => one.began - other.began);
  const own = (path: string): string | undefined =>
    path === directory || path.startsWith(`${directory}/`) ? path.slice(directory.length + 1) : undefined;
  return {
    changes: calls.flatMap((call) => changeIn(call, own)),
    flushes: calls.flatMap((call) => flushIn(call, own)),
    said: calls.flatMap(saidIn),
    length: lines.length,
  };
};

/** Those that succeeded. Threads come in between: then the line is cut, and goes on further below. */
const callsIn = (lines: readonly string[]): readonly Call[] => {
  const calls: Call[] = [];
  const open = new Map<string, Call>();
  const returned = (call: Call | undefined, result: string | undefined, ended: number): void => {
    if (call !== undefined && Number(result ?? -1) >= 0) calls.push({ ...call, ended });
  };
  lines.forEach((line, at) => {
    const [, resumed, result] = RESUMED.exec(line) ?? [];
    if (resumed !== undefined) {
      returned(open.get(resumed), result, at);
      return;
    }
    const { pid, ...call } = callIn(line, at);
    if (UNFINISHED.test(call.args)) open.set(pid, call);
    else returned(call, RETURN.exec(call.args)?.[1], at);
  });
  return calls;
};

const callIn = (line: string, at: number): Call & { readonly pid: string } => {
  const [, pid = '', name = '', args = ''] = CALL.exec(line) ?? [];
  return { pid, name, args, began: at, ended: at };
};

const saidIn = ({ name, args, began, ended }: Call): readonly Said[] =>
  name === 'write' && args.startsWith('1<') ? [{ began, ended, text: bytesIn(args).toString() }] : [];

type Own = (path: string) => string | undefined;

const changeIn = ({ name, args, began, ended }: Call, own: Own): readonly Change[] => {
  const file = own(name === 'unlink' ? bytesIn(args).toString() : pathIn(args));
  if (file === undefined) return [];
  const span = { file, began, ended };
  if (name === 'unlink') return [{ kind: 'unlink', ...span }];
  if (name === 'ftruncate') return [{ kind: 'truncate', ...span, size: lastNumber(args) }];
  if (name !== 'pwrite64') return [];
  return [{ kind: 'write', ...span, bytes: bytesIn(args), offset: lastNumber(args) }];
};

const flushIn = ({ name, args, began, ended }: Call, own: Own): readonly Flush[] => {
  const file = own(pathIn(args));
  return (name === 'fsync' || name === 'fdatasync') && file !== undefined ? [{ file, began, ended }] : [];
};

const hex = (escaped: string): Buffer => Buffer.from(escaped.replaceAll('\\x', ''), 'hex');

const pathIn = (args: string): string => {
  const path = args.slice(args.indexOf('<') + 1, args.indexOf('>'));
  return path.startsWith('\\x') ? hex(path).toString() : path;
};

const bytesIn = (args: string): Buffer => hex(args.slice(args.indexOf('"') + 1, args.lastIndexOf('"')));

/** Of the arguments: what is returned stands behind the bracket. */
const lastNumber = (args: string): number =>
  Number(/(\d+)(?: <unfinished \.\.\.>|\) += .*)?$/.exec(args)?.[1]);
