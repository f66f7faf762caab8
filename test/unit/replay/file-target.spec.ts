import {
  appendFileSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { fileTarget, isReplayFileName } from '../../../src/infra/replay/file-target.ts';
import { freshDirectory } from '../../support/fresh-directory.ts';
import { eventAt, SESSION } from '../../support/replays.ts';

const never = new AbortController().signal;
const OTHER = '0191e1f0-0000-7000-a000-000000000002';

const opened = async (directory: string, bytes: number | null = null, sessionId = SESSION) => {
  const target = await fileTarget({ directory, name: 'out.jsonl', sessionId, bytes });
  if (target.kind !== 'open') return target;
  onTestFinished(() => target.close().catch(() => undefined));
  return target;
};
const open = async (directory: string, bytes: number | null = null) => {
  const target = await opened(directory, bytes);
  if (target.kind !== 'open') throw new Error(target.detail);
  return target;
};
const linesIn = (directory: string): readonly unknown[] =>
  readFileSync(join(directory, 'out.jsonl'), 'utf8')
    .split('\n')
    .filter((line) => line !== '')
    .map((line): unknown => JSON.parse(line));

describe('a file that is replayed into', () => {
  it('holds one event a line, each marked, behind a line that names the session', async () => {
    const directory = join(freshDirectory(), 'made');
    const target = await open(directory);
    const [one, two] = [eventAt(1), eventAt(2)];
    await target.deliver([one, two], never);
    const bytes = await target.settle();
    expect(linesIn(directory)).toEqual([
      { skaldReplay: { sessionId: SESSION } },
      { skaldReplay: { sessionId: SESSION, position: one.position }, event: one },
      { skaldReplay: { sessionId: SESSION, position: two.position }, event: two },
    ]);
    expect(bytes).toBe(readFileSync(join(directory, 'out.jsonl')).byteLength);
    expect(readdirSync(directory)).toEqual(['out.jsonl']);
  });

  it('loses what is behind the last recorded byte, and so holds each event once', async () => {
    const directory = freshDirectory();
    const [one, two, three] = [eventAt(1), eventAt(2), eventAt(3)];
    const first = await open(directory);
    await first.deliver([one], never);
    const bytes = await first.settle();
    await first.deliver([two], never);
    await first.close();
    appendFileSync(join(directory, 'out.jsonl'), '{"skaldReplay":{"sess');
    const second = await open(directory, bytes);
    await second.deliver([two, three], never);
    await second.settle();
    expect(linesIn(directory).slice(1)).toMatchObject([{ event: one }, { event: two }, { event: three }]);
  });

  it('is begun anew where nothing of it was recorded', async () => {
    const directory = freshDirectory();
    const first = await open(directory);
    await first.deliver([eventAt(1), eventAt(2)], never);
    await first.close();
    await open(directory);
    expect(linesIn(directory)).toEqual([{ skaldReplay: { sessionId: SESSION } }]);
  });

  it('is the same where two write it at the same time', async () => {
    const directory = freshDirectory();
    const events = [eventAt(1), eventAt(2), eventAt(3)];
    const [one, two] = [await open(directory), await open(directory)];
    for (const event of events) for (const target of [one, two]) await target.deliver([event], never);
    expect(linesIn(directory).slice(1)).toMatchObject(events.map((event) => ({ event })));
  });

  it.each([
    ['holds something else', (path: string) => writeFileSync(path, 'precious\n')],
    ['is empty', (path: string) => writeFileSync(path, '')],
    ['is a link', (path: string) => symlinkSync('/dev/null', path)],
    ['is a link to nowhere', (path: string) => symlinkSync('nowhere', path)],
    ['is a directory', (path: string) => mkdirSync(path)],
  ])('is left alone where it %s', async (_what, make) => {
    const directory = freshDirectory();
    make(join(directory, 'out.jsonl'));
    expect(await opened(directory)).toMatchObject({ kind: 'refused', code: 'replay_file_taken' });
    expect(readdirSync(directory)).toEqual(['out.jsonl']);
  });

  it('is left alone where it is of another session, or was cut', async () => {
    const directory = freshDirectory();
    const target = await open(directory);
    await target.deliver([eventAt(1)], never);
    const bytes = await target.settle();
    const before = readFileSync(join(directory, 'out.jsonl'));
    expect(await opened(directory, null, OTHER)).toMatchObject({ kind: 'refused' });
    expect(readFileSync(join(directory, 'out.jsonl'))).toEqual(before);
    truncateSync(join(directory, 'out.jsonl'), (bytes ?? 0) - 1);
    expect(await opened(directory, bytes)).toMatchObject({ kind: 'refused' });
  });

  it.each([
    ['removed', (path: string) => rmSync(path)],
    ['moved', (path: string) => renameSync(path, `${path}.1`)],
    [
      'replaced',
      (path: string) => {
        writeFileSync(`${path}.2`, 'precious');
        renameSync(`${path}.2`, path);
      },
    ],
  ])('is not said to hold what was written into it once it is %s', async (_what, take) => {
    const directory = freshDirectory();
    const target = await open(directory);
    await target.deliver([eventAt(1)], never);
    const bytes = await target.settle();
    await target.deliver([eventAt(2)], never);
    take(join(directory, 'out.jsonl'));
    const before = readdirSync(directory);
    await expect(target.settle()).rejects.toThrow('was moved or removed');
    expect(await opened(directory, bytes)).toMatchObject({ kind: 'refused', code: 'replay_file_taken' });
    expect(readdirSync(directory)).toEqual(before);
  });

  it('is refused, and not waited for, where the directory is none', async () => {
    const directory = join(freshDirectory(), 'file');
    writeFileSync(directory, 'precious');
    for (const where of [directory, join(directory, 'below')])
      expect(await opened(where)).toMatchObject({
        ...{ kind: 'refused', code: 'target_not_allowed' },
        detail: expect.stringContaining('ENOTDIR') as string,
      });
  });

  it('leaves the files of other sessions alone, whatever they are called', async () => {
    const directory = freshDirectory();
    const name = `out.jsonl.${SESSION}.part`;
    writeFileSync(join(directory, name), 'of another session');
    await open(directory);
    expect(readdirSync(directory).toSorted()).toEqual(['out.jsonl', name]);
  });

  it.each(['../x', '/etc/passwd', 'a/b', '.hidden', '', 'a\0b', 'x'.repeat(121), '..', '-x', 'a\\b'])(
    'is not called %j',
    (name) => {
      expect(isReplayFileName(name)).toBe(false);
    },
  );

  it.each(['out.jsonl', 'A-1_b.2'])('may be called %j', (name) => {
    expect(isReplayFileName(name)).toBe(true);
  });
});
