import { mkdir, readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { Position } from '../event-store/port.ts';
import type { ReadStore } from '../read-store/port.ts';

/** Where read models go, and up to which position of the log. */
export type Target = {
  readonly directory: string;
  readonly upTo: Position;
  readonly signal: AbortSignal;
  /** After every batch: how many events it had, and when the last of them was recorded. */
  readonly onBatch: OnBatch;
};

export type OnBatch = (events: number, recordedAt: string | null) => void;

export type MakeDeps = {
  /** Copies a database that nobody writes to. */
  readonly copy: (from: string, to: string) => Promise<void>;
  /**
   * Brings the read models in a directory, `read.db`, to exactly a position, from the start of the log where there are
   * none, and closes them. @throws once the signal has aborted.
   */
  readonly build: (target: Target) => Promise<void>;
  /** Opens them to be read. */
  readonly open: (directory: string, onFailure: () => void) => Promise<ReadStore>;
};

export type Plan = {
  readonly position: Position;
  readonly directory: string;
  readonly progress: { isBegun: boolean; events: number; recordedAt: string | null };
  readonly signal: AbortSignal;
  /** The nearest earlier read models, kept until they are let go. */
  readonly nearest: () => { readonly directory: string; readonly letGo: () => void } | undefined;
  readonly onFailure: () => void;
};

export type Made = { readonly readStore: ReadStore; readonly bytes: number };

const FILE = 'read.db';

/** Read models at a position, in a directory of their own. */
export const make = async (deps: MakeDeps, plan: Plan): Promise<Made> => {
  const { position, directory, progress, signal, nearest, onFailure } = plan;
  signal.throwIfAborted();
  progress.isBegun = true;
  await mkdir(directory, { recursive: true, mode: 0o700 });
  await copyOf(deps, nearest(), directory);
  const onBatch: OnBatch = (events, recordedAt) => {
    progress.events += events;
    progress.recordedAt = recordedAt ?? progress.recordedAt;
  };
  await deps.build({ directory, upTo: position, signal, onBatch });
  const bytes = await bytesIn(directory);
  return { readStore: await deps.open(directory, onFailure), bytes };
};

const copyOf = async (
  { copy }: MakeDeps,
  from: ReturnType<Plan['nearest']>,
  directory: string,
): Promise<void> => {
  if (from === undefined) return;
  try {
    await copy(join(from.directory, FILE), join(directory, FILE));
  } finally {
    from.letGo();
  }
};

const bytesIn = async (directory: string): Promise<number> => {
  const names = await readdir(directory);
  const sizes = await Promise.all(names.map(async (name) => (await stat(join(directory, name))).size));
  return sizes.reduce((sum, size) => sum + size, 0);
};
