import { MOST_PROBLEMS, parseReplayEvent } from '../../domain/replay/events.ts';
import type { ReplayEvent } from '../../domain/replay/events.ts';
import { idOf } from '../../domain/stream-name.ts';
import type { StoredEvent } from '../../infra/event-store/port.ts';
import { projection } from '../projection.ts';
import { CannotFold, foldable } from '../stored-form.ts';
import { replayRow, REPLAYS } from './read-model.ts';
import type { ReplayRow } from './read-model.ts';

const parse = foldable(parseReplayEvent);

/** Every replay session there ever was. */
export const replays = projection<ReplayRow>({
  spec: {
    name: REPLAYS,
    fields: { status: 'text', owner: 'text', createdAt: 'text', updatedAt: 'text' },
    indexes: [['createdAt'], ['updatedAt'], ['status', 'createdAt']],
    history: false,
  },
  version: 2,
  categories: ['replay'],
  document: replayRow,
  keysOf: (event) => [idOf(event.stream)],
  fold: (row, event) => projectReplay(row ?? undefined, event),
});

/**
 * Folds one event of stream `replay-<uuid>` into its document; an event the document holds already changes nothing.
 * @throws CannotFold for an event this version does not know, or one that does not follow the document.
 */
export const projectReplay = (row: ReplayRow | undefined, stored: StoredEvent): ReplayRow => {
  if (row !== undefined && stored.revision <= row.revision) return row;
  const event = parse(stored);
  if (event.type === 'ReplayCreated') return created(event.data, stored);
  if (row === undefined) throw new CannotFold(stored, 'the session was not created');
  const { revision, position } = stored;
  const at = stored.metadata.recordedAt;
  return { ...row, waiting: null, ...changed(row, event, at), updatedAt: at, revision, position };
};

type DataOf<Type> = Extract<ReplayEvent, { type: Type }>['data'];

const created = (data: DataOf<'ReplayCreated'>, stored: StoredEvent): ReplayRow => {
  const { metadata, revision, position } = stored;
  const { recordedAt: at, owner = null, correlationId } = metadata;
  return {
    ...{ sessionId: idOf(stored.stream), status: 'CREATED', ...data },
    ...{ total: null, replayed: 0, failed: 0, skipped: 0, errors: [], failure: null, owner, waiting: null },
    ...{ createdAt: at, updatedAt: at, startedAt: null, endedAt: null, runs: null, progressedAt: null },
    ...{ correlationId, revision, position },
  };
};

const doneIn = ({ replayed, failed, skipped }: ReplayRow): number => replayed + failed + skipped;

const changed = (
  row: ReplayRow,
  event: Exclude<ReplayEvent, { type: 'ReplayCreated' }>,
  at: string,
): Partial<ReplayRow> => {
  switch (event.type) {
    case 'ReplayStarted':
      return { status: 'RUNNING', startedAt: at, runs: { since: at, done: 0 } };
    case 'ReplayResumed':
      return { status: 'RUNNING', runs: { since: at, done: doneIn(row) } };
    case 'ReplayPaused':
      return { status: 'PAUSED', runs: null };
    case 'ReplayCounted':
      return { total: event.data.total };
    case 'ReplayProgressed':
      return progressed(row, event.data, at);
    case 'ReplayWaiting':
      return { waiting: { ...event.data, since: at } };
    case 'ReplayCompleted':
      return { status: 'COMPLETED', runs: null, endedAt: at };
    case 'ReplayCancelled':
      return { status: 'CANCELLED', runs: null, endedAt: at };
    case 'ReplayFailed':
      return { status: 'FAILED', runs: null, endedAt: at, failure: event.data };
  }
};

const progressed = (
  row: ReplayRow,
  { replayed, failed, skipped, problems }: DataOf<'ReplayProgressed'>,
  at: string,
): Partial<ReplayRow> => ({
  ...{ replayed, failed, skipped, progressedAt: at },
  errors: [...row.errors, ...problems].slice(0, MOST_PROBLEMS),
});
