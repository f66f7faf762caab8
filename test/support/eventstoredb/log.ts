import { decideCommit } from './commit-decision.ts';
import type { CommitView } from './commit-decision.ts';
import { TOMBSTONE_REVISION } from './log-types.ts';
import type { CommitResult, Defect, Expected, LogRecord, ProposedEvent } from './log-types.ts';
import { logStorage } from './log-storage.ts';
import { isMetastream, isRetained, isSoftDeleted, metadataOf, metastreamOf } from './stream-metadata.ts';
import { withTruncateBefore } from './stream-metadata.ts';
import type { StreamMetadata } from './stream-metadata.ts';

export type EventLog = ReturnType<typeof eventLog>;

const systemEvent = (type: string, data: Uint8Array): ProposedEvent => ({
  id: crypto.randomUUID(),
  type,
  contentType: 'application/json',
  data,
  metadata: new Uint8Array(),
});

/**
 * The log of the double, in memory, kept over restarts: what the server's index writer decides, and stream metadata.
 * @param options.now milliseconds, becomes `created` and ages events for `$maxAge`
 * @param options.recentIds how many commits `any` and `stream_exists` remember
 */
export const eventLog = (options: { readonly now: () => number; readonly recentIds: number }) => {
  const storage = logStorage(options);
  const { stateOf, write } = storage;
  const lastMetadata = (stream: string) => stateOf(metastreamOf(stream)).records.at(-1);
  const metadata = (stream: string): StreamMetadata => metadataOf(stream, lastMetadata(stream));

  const truncate = (stream: string, before: bigint): void => {
    const data = withTruncateBefore(lastMetadata(stream), before);
    write(metastreamOf(stream), [systemEvent('$metadata', data)]);
  };
  const viewOf = (stream: string): CommitView => {
    const { records, last } = stateOf(stream);
    return {
      current: last,
      isTombstoned: stateOf(isMetastream(stream) ? stream.slice(2) : stream).isTombstoned,
      isSoftDeleted: isSoftDeleted(metadata(stream)),
      hasMetadata: lastMetadata(stream) !== undefined,
      idAt: (revision) => records.find((record) => record.revision === revision)?.id,
      recent: (id) => storage.recent(stream, id),
    };
  };
  const isReplicated = (stream: string, revision: bigint): boolean => {
    const record = stateOf(stream).records.findLast((each) => each.revision === revision);
    return record === undefined || storage.isVisible(record);
  };
  const commit = (stream: string, view: CommitView, events: readonly ProposedEvent[]): CommitResult => {
    // The first write after a soft delete brings the stream back, without what was deleted.
    if (view.isSoftDeleted && events.length > 0) truncate(stream, view.current + 1n);
    const position = write(stream, events);
    return { kind: 'committed', last: stateOf(stream).last, position };
  };
  /** Decides, and writes where the decision is to write. */
  const append = (stream: string, expected: Expected, events: readonly ProposedEvent[]): CommitResult => {
    const view = viewOf(stream);
    const ids = events.map(({ id }) => id);
    const decision = decideCommit(view, expected, ids);
    switch (decision.kind) {
      case 'deleted':
        return decision;
      case 'wrong_version':
        return { kind: 'wrong_version', current: view.current };
      case 'idempotent':
        return isReplicated(stream, decision.last) ? decision : { kind: 'not_ready' };
      case 'commit':
        return commit(stream, view, events);
    }
  };
  /** Ends a stream: softly (it may be written again) or for ever. */
  const remove = (stream: string, expected: Expected, isForEver: boolean): CommitResult => {
    const view = viewOf(stream);
    const decision = decideCommit(view, expected, [crypto.randomUUID()]);
    if (decision.kind === 'deleted') return decision;
    if (decision.kind !== 'commit') return { kind: 'wrong_version', current: view.current };
    const tombstone = [systemEvent('$streamDeleted', new Uint8Array())];
    if (isForEver) write(stream, tombstone, { from: TOMBSTONE_REVISION });
    else truncate(stream, TOMBSTONE_REVISION);
    return { kind: 'committed', last: view.current, position: storage.visible().at(-1)?.position };
  };
  const isKept = (record: LogRecord): boolean => {
    const { last, isTombstoned } = stateOf(record.stream);
    if (isTombstoned) return record.revision === TOMBSTONE_REVISION;
    return isRetained(record, metadata(record.stream), { last, now: options.now() });
  };
  return {
    now: options.now,
    append,
    remove,
    metadata,
    truncate,
    stateOf,
    visible: storage.visible,
    isVisible: storage.isVisible,
    tamper: storage.tamper,
    hold: storage.hold,
    isHeld: storage.isHeld,
    release: storage.release,
    watch: storage.watch,
    /** Writes one event whatever the stream's state, with a defect the wire will show. */
    plant: (stream: string, event: ProposedEvent, defect?: Defect): void =>
      void write(stream, [event], defect === undefined ? {} : { defect }),
    /** Removes for good what no read of its stream would show: holes in `$all`, ids the index no longer knows. */
    scavenge: (): void => storage.keepOnly(isKept),
  };
};
