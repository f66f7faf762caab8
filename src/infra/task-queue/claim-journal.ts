import {
  closeSync,
  existsSync,
  fstatSync,
  ftruncateSync,
  openSync,
  readFileSync,
  renameSync,
  writeFileSync,
} from 'node:fs';
import { z } from 'zod';
import { passingMap } from '../../domain/passing-map.ts';
import type { PassingMap } from '../../domain/passing-map.ts';
import type { Claim } from './port.ts';

export type HeldClaim = { readonly taskId: string; readonly attempt: number; readonly claim: Claim };

/** Who holds what, kept across a restart. A call that throws has changed nothing. */
export type ClaimJournal = {
  readonly heldBy: (taskId: string) => HeldClaim | undefined;
  /** Records claims, each replacing an earlier one of the same task. @throws when the file cannot be written. */
  readonly put: (claims: readonly HeldClaim[]) => void;
  /** @throws when the file cannot be written. */
  readonly remove: (taskId: string) => void;
  /** The task is over: written along with what is written next. After a crash before that it looks held, to nobody's harm. */
  readonly forget: (taskId: string) => void;
  readonly close: () => void;
};

const heldRecord = z.strictObject({
  taskId: z.string(),
  attempt: z.int(),
  claim: z.strictObject({ by: z.string(), at: z.number(), leaseUntil: z.number(), deadline: z.number() }),
});
const goneRecord = z.strictObject({ gone: z.string() });
const line = z.union([heldRecord, goneRecord]);
type Line = z.infer<typeof line>;

// A journal of fewer lines than this is not worth rewriting.
const SMALLEST_COMPACTED_LINES = 10_000;

/**
 * An append-only file of claims, no payloads. Written at once but not flushed: it survives the end of the
 * process; after a power cut a claimed task may look unclaimed and is offered again under the same attempt.
 * Lines that cannot be read, such as a torn last one, are left out for the same reason.
 * @param now where the clock has gone back since, claims end as much earlier; without it they stand as they were
 */
export const openClaimJournal = (path: string, now = Infinity): ClaimJournal => {
  const held = load(path, now);
  const file = claimFile(path, held);
  return {
    heldBy: (taskId) => held.get(taskId),
    put: (claims) => {
      file.write(textOf(claims), claims.length);
      for (const claim of claims) held.set(claim.taskId, claim);
    },
    remove: (taskId) => {
      if (!held.has(taskId)) return;
      file.write(goneLine(taskId), 1);
      held.delete(taskId);
    },
    forget: (taskId) => {
      if (held.delete(taskId)) file.writeLater(goneLine(taskId));
    },
    close: file.close,
  };
};

/** A file that is begun anew, with what is held, once most of it is of the past. */
const claimFile = (path: string, held: PassingMap<string, HeldClaim>) => {
  let file = appender(path, [...held.values()]);
  // Not worth a write of its own: it would be one for each task.
  let later = { text: '', lines: 0 };
  const write = (text: string, lines: number): void => {
    if (file.lines() > SMALLEST_COMPACTED_LINES && file.lines() > 4 * held.size()) {
      const full = file;
      file = appender(path, [...held.values()]);
      full.close();
    }
    file.append(later.text + text, later.lines + lines);
    later = { text: '', lines: 0 };
  };
  return {
    write,
    writeLater: (line: string): void => {
      later = { text: later.text + line, lines: later.lines + 1 };
    },
    close: (): void => {
      try {
        if (later.lines > 0) write('', 0);
      } finally {
        file.close();
      }
    },
  };
};

const load = (path: string, now: number): PassingMap<string, HeldClaim> => {
  const held = passingMap<string, HeldClaim>();
  if (!existsSync(path)) return held;
  for (const text of readFileSync(path, 'utf8').split('\n')) {
    const entry = parse(text);
    if (!entry) continue;
    if ('gone' in entry) held.delete(entry.gone);
    else held.set(entry.taskId, entry);
  }
  // Not by when the file was written: that is another clock, which may be set while this one counts on.
  const last = [...held.values()].reduce((latest, { claim }) => Math.max(latest, claim.at), 0);
  const backMs = last - now;
  if (backMs > 0) for (const claim of [...held.values()]) held.set(claim.taskId, earlier(claim, backMs));
  return held;
};

/** Else who is gone would hold it for as long as the clock needs to come back to where it was. */
const earlier = ({ claim, ...on }: HeldClaim, byMs: number): HeldClaim => {
  const moved = (time: number): number => Math.max(0, time - byMs);
  const [at, leaseUntil, deadline] = [moved(claim.at), moved(claim.leaseUntil), moved(claim.deadline)];
  return { ...on, claim: { ...claim, at, leaseUntil, deadline } };
};

const parse = (text: string): Line | undefined => {
  try {
    return line.safeParse(JSON.parse(text)).data;
  } catch {
    return undefined;
  }
};

type Appender = {
  readonly append: (text: string, lines: number) => void;
  readonly lines: () => number;
  readonly close: () => void;
};

/** Starts the file anew with these claims; until the rename the old one stands as it was. */
const appender = (path: string, claims: readonly HeldClaim[]): Appender => {
  const fd = startAnew(path, textOf(claims));
  let size = fstatSync(fd).size;
  let lines = claims.length;
  let isTorn = false;
  return {
    append: (text, added) => {
      // What a failed write left behind would run into the next line.
      if (isTorn) ftruncateSync(fd, size);
      isTorn = true;
      // At the end, which is where the file was opened. Text is written in one call; bytes would take several.
      writeFileSync(fd, text);
      isTorn = false;
      size += Buffer.byteLength(text);
      lines += added;
    },
    lines: () => lines,
    close: () => {
      closeSync(fd);
    },
  };
};

const startAnew = (path: string, text: string): number => {
  const draft = `${path}.new`;
  writeFileSync(draft, text, { mode: 0o600 });
  // Opened under the draft's name: if the rename fails, the journal in use is still the one at `path`.
  const fd = openSync(draft, 'a');
  try {
    renameSync(draft, path);
    return fd;
  } catch (error) {
    closeSync(fd);
    throw error;
  }
};

/** Tasks that are claimed together mostly share one claim: it is written down once. */
const textOf = (claims: readonly HeldClaim[]): string => {
  let [text, claimText] = ['', ''];
  let last: Claim | undefined;
  for (const { taskId, attempt, claim } of claims) {
    if (claim !== last) claimText = JSON.stringify(claim);
    last = claim;
    text += `{"taskId":${JSON.stringify(taskId)},"attempt":${attempt},"claim":${claimText}}\n`;
  }
  return text;
};

const goneLine = (taskId: string): string => `{"gone":${JSON.stringify(taskId)}}\n`;
