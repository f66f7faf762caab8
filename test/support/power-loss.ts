// Files as a disk may hold them when the power goes: all that was flushed, and anything of what was not.
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Change, DiskTrace } from './disk-trace.ts';

/** What becomes of what was not flushed: `torn` keeps any of its sectors, `some` any of its writes. */
export const FATES = ['lost', 'kept', 'some', 'torn'] as const;
export type Fate = (typeof FATES)[number];

type Pick = (count: number) => number;
type Loss = { readonly at: number; readonly fate: Fate; readonly pick: Pick };

const SECTOR = 512;

/** Makes the files that a loss of power leaves. @returns how many sectors of what was written were not kept */
export const leaveFiles = (trace: DiskTrace, { at, fate, pick }: Loss, directory: string): number => {
  const disk = diskFor(trace);
  const begun = trace.changes.filter(({ began }) => began < at);
  const isFlushed = flushedIn(trace, at);
  begun.filter(isFlushed).forEach(disk.apply);
  const pending = begun.filter((change) => !isFlushed(change));
  let lost = 0;
  // What is torn may also reach the disk in any order.
  for (const change of fate === 'torn' ? shuffled(pending, pick) : pending) {
    const kept = partsOf(change, fate, pick);
    lost += sectorsOf(change) - kept.reduce((sum, part) => sum + sectorsOf(part), 0);
    kept.forEach(disk.apply);
  }
  const isMissing = (): boolean => fate !== 'kept' && (fate === 'lost' || pick(2) === 0);
  unnamedIn(trace, begun, at).filter(isMissing).forEach(disk.remove);
  disk.leaveIn(directory);
  return lost;
};

/** Files that the directory on the disk need not have yet: since they were made, it was not flushed. */
const unnamedIn = ({ flushes }: DiskTrace, begun: readonly Change[], at: number): readonly string[] => {
  const made = new Map<string, number>();
  for (const { kind, file, ended } of begun) {
    if (kind === 'unlink') made.delete(file);
    else if (!made.has(file)) made.set(file, ended);
  }
  const last = flushes.findLast(({ file, ended }) => file === '' && ended < at)?.began ?? 0;
  return [...made].filter(([, ended]) => ended >= last).map(([file]) => file);
};

/** Whether a change had returned when a flush began that returned in time: of its file, for its end that of the directory. */
const flushedIn = ({ flushes }: DiskTrace, at: number) => {
  const last = new Map<string, number>();
  for (const { file, began, ended } of flushes) if (ended < at) last.set(file, began);
  return ({ kind, file, ended }: Change): boolean => ended < (last.get(kind === 'unlink' ? '' : file) ?? 0);
};

const sectorsOf = (change: Change): number =>
  change.kind === 'write' ? Math.ceil(change.bytes.length / SECTOR) : 0;

const partsOf = (change: Change, fate: Fate, pick: Pick): readonly Change[] => {
  if (fate === 'lost') return [];
  if (fate === 'kept') return [change];
  if (fate === 'some' || change.kind !== 'write') return pick(2) === 0 ? [] : [change];
  const { bytes, offset } = change;
  const parts: Change[] = [];
  // Sectors are the disk's, not those of the write.
  for (let from = 0, to = SECTOR - (offset % SECTOR); from < bytes.length; from = to, to += SECTOR)
    if (pick(2) === 0) parts.push({ ...change, offset: offset + from, bytes: bytes.subarray(from, to) });
  return parts;
};

type File = { readonly bytes: Buffer; size: number };

const diskFor = ({ changes }: DiskTrace) => {
  const files = new Map<string, File>();
  const largest = (file: string): number =>
    Math.max(...changes.map((one) => (one.file === file && one.kind === 'write' ? endOf(one) : 0)));
  const opened = (name: string): File => {
    const file = files.get(name) ?? { bytes: Buffer.alloc(largest(name)), size: 0 };
    files.set(name, file);
    return file;
  };
  return {
    apply: (change: Change): void => {
      if (change.kind === 'unlink') {
        files.delete(change.file);
        return;
      }
      const file = opened(change.file);
      if (change.kind === 'truncate') {
        file.bytes.fill(0, change.size);
        file.size = change.size;
        return;
      }
      change.bytes.copy(file.bytes, change.offset);
      file.size = Math.max(file.size, endOf(change));
    },
    remove: (file: string): void => void files.delete(file),
    leaveIn: (directory: string): void => {
      for (const [name, { bytes, size }] of files)
        writeFileSync(join(directory, name), bytes.subarray(0, size));
    },
  };
};

const endOf = ({ offset, bytes }: { readonly offset: number; readonly bytes: Buffer }): number =>
  offset + bytes.length;

/** Not where a file was cut: what was written behind that stays behind it. */
const shuffled = (changes: readonly Change[], pick: Pick): readonly Change[] =>
  changes.some(({ kind }) => kind !== 'write')
    ? changes
    : changes
        .map((change) => ({ change, place: pick(1_000_000) }))
        .toSorted((one, other) => one.place - other.place)
        .map(({ change }) => change);
