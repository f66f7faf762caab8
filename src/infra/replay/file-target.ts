import { constants } from 'node:fs';
import { lstat, open } from 'node:fs/promises';
import type { FileHandle } from 'node:fs/promises';
import { join } from 'node:path';
import { codeOf } from '../disk/error-code.ts';
import { makeDirectory } from '../disk/make-directory.ts';
import { makeWholeFile } from '../disk/make-whole-file.ts';
import { replayedBody } from '../../domain/replayed.ts';
import type { ReplayedEvent } from '../../domain/replayed.ts';
import type { ReplayTarget, TargetRefused } from './port.ts';

const AT_ONCE = 500;
const MODE = 0o600;
const NAME = /^[A-Za-z0-9][A-Za-z0-9._-]{0,119}$/;

/** Plain names only: nothing that leads anywhere else, and nothing hidden. */
export const isReplayFileName = (name: string): boolean => NAME.test(name);

export type FileSession = {
  readonly directory: string;
  readonly name: string;
  readonly sessionId: string;
  /** How much of it was durable when it was last recorded; null where nothing was. */
  readonly bytes: number | null;
};

/**
 * One JSON object a line in a file of the session's own; the first line names the session. What is behind the last
 * recorded byte is cut off, so each event stands in it once, whatever happened in between. Two runners of one session
 * write the same bytes to the same places. @throws what the disk throws.
 */
export const fileTarget = async (session: FileSession): Promise<ReplayTarget | TargetRefused> => {
  try {
    return await openTarget(session);
  } catch (error) {
    const code = LASTING.find((lasting) => codeOf(error) === lasting);
    if (code === undefined) throw error;
    const detail = `REPLAY_DIR, or the file in it, cannot be written: ${code}`;
    return { kind: 'refused', code: 'target_not_allowed', detail };
  }
};

/** Nobody but the operator of this machine changes that: a session that waited for it would not say why. */
const LASTING = ['EACCES', 'EPERM', 'EROFS', 'ENOTDIR'] as const;

const openTarget = async (session: FileSession): Promise<ReplayTarget | TargetRefused> => {
  const { directory, name } = session;
  makeDirectory(directory);
  const path = join(directory, name);
  // What was recorded stands in it: without it there is nothing to go on with.
  if (session.bytes === null) await createOnce(path, session);
  const file = await openPlain(path);
  const first = firstLine(session);
  const start = Math.max(first.byteLength, session.bytes ?? 0);
  if (file === undefined || !(await beginsWith(file, first)) || (await file.stat()).size < start) {
    await file?.close();
    return taken(name);
  }
  await file.truncate(start);
  return targetInto({ file, path }, session.sessionId, start);
};

const taken = (name: string): TargetRefused => ({
  ...{ kind: 'refused', code: 'replay_file_taken' },
  detail: `${name} is not the file of this session as it was left`,
});

const firstLine = ({ sessionId }: FileSession): Buffer => Buffer.from(lineOf({ skaldReplay: { sessionId } }));

const lineOf = (value: object): string => `${JSON.stringify(value)}\n`;

/** With its first line, or not there at all; what is there stays there. */
const createOnce = async (path: string, session: FileSession): Promise<void> => {
  // Hidden: no session's file is called that.
  const part = join(session.directory, `.${session.sessionId}.part`);
  await makeWholeFile(path, part, { content: firstLine(session), mode: MODE });
  await syncDirectory(session.directory);
};

const syncDirectory = async (directory: string): Promise<void> => {
  const handle = await open(directory, constants.O_RDONLY);
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
};

/** Undefined for a link, for what is no file, and where nothing is there. */
const openPlain = async (path: string): Promise<FileHandle | undefined> => {
  const file = await open(path, constants.O_RDWR | constants.O_NOFOLLOW | constants.O_NONBLOCK).catch(
    unless('ELOOP', 'EISDIR', 'ENXIO', 'ENOENT'),
  );
  if (file === undefined || (await file.stat()).isFile()) return file;
  await file.close();
  return undefined;
};

const unless =
  (...codes: readonly string[]) =>
  (error: unknown): undefined => {
    if (codes.some((code) => code === codeOf(error))) return undefined;
    throw error;
  };

const beginsWith = async (file: FileHandle, first: Buffer): Promise<boolean> => {
  const found = Buffer.alloc(first.byteLength);
  const { bytesRead } = await file.read(found, 0, found.byteLength, 0);
  return bytesRead === first.byteLength && found.equals(first);
};

type Open = { readonly file: FileHandle; readonly path: string };

const targetInto = ({ file, path }: Open, sessionId: string, start: number): ReplayTarget => {
  let end = start;
  return {
    kind: 'open',
    most: AT_ONCE,
    deliver: async (events: readonly ReplayedEvent[]) => {
      const bytes = Buffer.from(events.map((event) => lineOf(replayedBody(sessionId, event))).join(''));
      await writeAll(file, bytes, end);
      end += bytes.byteLength;
      return { kind: 'ok' };
    },
    settle: async () => {
      await file.datasync();
      if (!(await isStillAt(path, file))) throw new FileGone(`${path} was moved or removed`);
      return end;
    },
    close: () => file.close(),
  };
};

/** Somebody took it away: what was written into it since it was recorded last stands nowhere. */
class FileGone extends Error {
  override readonly name = 'FileGone';
}

const isStillAt = async (path: string, file: FileHandle): Promise<boolean> => {
  const [ours, found] = [await file.stat(), await lstat(path).catch(unless('ENOENT'))];
  return found?.ino === ours.ino && found.dev === ours.dev;
};

const writeAll = async (file: FileHandle, bytes: Buffer, at: number): Promise<void> => {
  for (let done = 0; done < bytes.byteLength;) {
    const { bytesWritten } = await file.write(bytes, done, bytes.byteLength - done, at + done);
    done += bytesWritten;
  }
};
