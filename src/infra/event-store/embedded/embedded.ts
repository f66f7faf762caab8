import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { Clock } from '../../clock/port.ts';
import { startThread } from '../../sqlite/thread.ts';
import { UnsafeDatabase } from '../../sqlite/open.ts';
import { NewerLayout, StoreClosed } from '../errors.ts';
import type { Checkpoints, EventStore } from '../port.ts';
import { appendQueue } from './append-queue.ts';
import { embeddedCheckpoints } from './embedded-checkpoints.ts';
import { eventReader } from './event-reader.ts';
import { toPosition } from './position.ts';
import type { Hello, ReadReply, ReadRequest, WriteReply, WriteRequest } from './protocol.ts';
import { subscription } from './subscribe.ts';
import { tailFrom } from './tail.ts';
import type { TailBounds } from './tail-groups.ts';
import type { ThreadOptions } from './thread-options.ts';

export type EmbeddedOptions = {
  /** Directory of `log.db`; made where it is missing. One process at a time: see `lockDataDir`. */
  readonly dataDir: string;
  /**
   * The log's time is this one, held where it would go back; without it, the machine's. With `schedule`, followers hear of
   * what is not for them a while later, all together.
   */
  readonly clock?: Pick<Clock, 'now'> & Partial<Pick<Clock, 'schedule'>>;
  /** The disk or the engine failed and the file's state is unknown: the process must end (exit code 74). */
  readonly onFatal?: (error: Error) => void;
  /** What the chain check of the last 1000 events found on opening; the rest of the log is served. */
  readonly onDamage?: (details: readonly string[]) => void;
  /** For metrics: after each commit, how many appends of one request it made durable. */
  readonly onCommit?: (commit: number, appends: number) => void;
  /** Upper bound of the file in pages of 4 KiB: behind it the log answers `storage_full`. */
  readonly maxPages?: number;
  /** How much of the log's end is kept in memory; what is not is read from disk. */
  readonly tail?: TailBounds;
};

export type EmbeddedEventStore = EventStore & { readonly checkpoints: Checkpoints };

const TAIL = { maxBytes: 32 * 1024 * 1024, maxEvents: 50_000 };

/**
 * The event log in one SQLite file: a writer thread with group commit, a reader thread, the newest events in
 * memory. What is acknowledged is on disk.
 *
 * @throws NewerLayout for a log of a newer version, UnsafeDatabase for a damaged file or an unsafe engine.
 */
export const embeddedEventStore = async (options: EmbeddedOptions): Promise<EmbeddedEventStore> => {
  await mkdir(options.dataDir, { recursive: true, mode: 0o700 });
  const { writer, reader, opened } = await startThreads(options);
  if (opened.damage.length > 0) options.onDamage?.(opened.damage);
  const tail = tailFrom(opened.last, options.tail ?? TAIL, options.clock?.schedule);
  const onFatal = (error: Error): void => {
    if (tail.ended() !== undefined) return;
    tail.end(error);
    options.onFatal?.(error);
  };
  writer.onFailure(onFatal);
  reader.onFailure(onFatal);
  const clock = options.clock ?? { now: machineNow };
  const queue = appendQueue({
    writer,
    tail,
    nowMs: () => Math.floor(clock.now()),
    onCommit: (commit, appends) => options.onCommit?.(commit, appends),
    onFatal,
  });
  const { readStream, readAll, lastOnDisk } = eventReader(reader, tail);
  const close = async (): Promise<void> => {
    await queue.drain();
    tail.end(new StoreClosed('the event store is closed'));
    await reader.stop();
    await writer.stop();
  };
  let closed: Promise<void> | undefined;
  return {
    logId: opened.logId,
    epochs: opened.epochs,
    append: queue.append,
    readStream,
    readAll,
    subscribe: (from) => subscription({ tail, readAll, lastOnDisk }, from),
    lastPosition: () => Promise.resolve(toPosition(tail.last())),
    close: () => (closed ??= close()),
    checkpoints: embeddedCheckpoints(writer, opened.marks),
  };
};

/** Wall time when the process started, and monotonic from there. */
const machineNow = (): number => performance.timeOrigin + performance.now();

const startThreads = async ({ dataDir, maxPages }: EmbeddedOptions) => {
  const path = join(dataDir, 'log.db');
  const options: ThreadOptions = { path, ...(maxPages === undefined ? {} : { maxPages }) };
  const writer = await startThread<WriteRequest, WriteReply, Hello>(thread('writer'), options);
  const opened = openedBy(writer.hello);
  const reader = await startThread<ReadRequest, ReadReply, Hello>(thread('reader'), options);
  if (reader.hello.kind !== 'reading') {
    await writer.stop();
    throw refusalOf(reader.hello);
  }
  return { writer, reader, opened };
};

const thread = (name: 'writer' | 'reader'): URL => new URL(`./${name}-thread.ts`, import.meta.url);

const openedBy = (hello: Hello): Extract<Hello, { kind: 'open' }> => {
  if (hello.kind !== 'open') throw refusalOf(hello);
  return hello;
};

const refusalOf = (hello: Hello): Error => {
  if (hello.kind === 'newer-layout') return new NewerLayout(hello.detail);
  return new UnsafeDatabase(hello.kind === 'unusable' ? hello.detail : `unexpected ${hello.kind}`);
};
