import { parseDeadLetterEvent } from '../../domain/dead-letter/events.ts';
import type { DeadLetterEvent } from '../../domain/dead-letter/events.ts';
import { idOf } from '../../domain/stream-name.ts';
import type { StoredEvent } from '../../infra/event-store/port.ts';
import { projection } from '../projection.ts';
import { foldable } from '../stored-form.ts';
import { DEAD_LETTERS, letterRow } from './read-model.ts';
import type { LetterRow } from './read-model.ts';

export const parseLetterEvent = foldable(parseDeadLetterEvent);

/** Every dead letter there ever was, without its content. */
export const deadLetters = projection<LetterRow>({
  spec: {
    name: DEAD_LETTERS,
    fields: {
      state: 'text',
      topic: 'text',
      code: 'text',
      fingerprint: 'text',
      flowId: 'text',
      instanceId: 'text',
      sequence: 'text',
      redrives: 'text[]',
      parkedAt: 'text',
      updatedAt: 'text',
    },
    indexes: [
      ['parkedAt'],
      ['updatedAt'],
      ['state', 'parkedAt'],
      ['fingerprint', 'parkedAt'],
      ['topic', 'parkedAt'],
      ['flowId', 'parkedAt'],
      ['instanceId', 'parkedAt'],
      ['sequence', 'parkedAt'],
    ],
    history: false,
  },
  version: 2,
  categories: ['deadletter'],
  document: letterRow,
  keysOf: (event) => [idOf(event.stream)],
  fold: (row, event) => projectLetter(row ?? undefined, event) ?? null,
});

/** Folds one event of stream `deadletter-<id>` into its document. @throws CannotFold for one it does not know. */
export const projectLetter = (row: LetterRow | undefined, stored: StoredEvent): LetterRow | undefined => {
  if (row !== undefined && stored.revision <= row.revision) return row;
  const event = parseLetterEvent(stored);
  const { revision, position } = stored;
  const at = stored.metadata.recordedAt;
  const moved = { updatedAt: at, revision, position };
  if (event.type === 'LetterParked')
    return { ...parked(event.data, idOf(stored.stream), at), place: position, ...moved };
  return row === undefined ? undefined : { ...row, ...changed(row, event, at), ...moved };
};

type DataOf<Type> = Extract<DeadLetterEvent, { type: Type }>['data'];

const parked = (data: DataOf<'LetterParked'>, id: string, at: string) => {
  const { source, cause, fingerprint, flowId, instanceId, sequence, behind, size, truncated } = data;
  const { bus, topic, partition, offset, timestamp } = source;
  return {
    ...{ id, state: 'parked' as const, bus, topic, partition, offset, recordAt: timeText(timestamp) },
    ...{ ...cause, fingerprint, flowId, instanceId, sequence, behind, size, truncated: [...truncated] },
    ...{ edition: 0, tries: 0, redriveId: null, redrives: [], outcome: null },
    ...{ parkedAt: at, closedAt: null },
  };
};

/** A producer may set any time; what no calendar has is left out. */
const timeText = (ms: number): string | null =>
  Math.abs(ms) > LATEST_MS ? null : new Date(ms).toISOString();
const LATEST_MS = 8.64e15;

const changed = (
  row: LetterRow,
  event: Exclude<DeadLetterEvent, { type: 'LetterParked' }>,
  at: string,
): Partial<LetterRow> => {
  switch (event.type) {
    case 'LetterEdited': {
      const truncated = row.truncated.filter((part) => part !== 'value');
      return { edition: event.data.edition, truncated };
    }
    case 'LetterSelected': {
      const { redriveId } = event.data;
      const redrives = [...row.redrives, redriveId, `${redriveId}/selected`].slice(-KEPT);
      return { state: 'selected', redriveId, redrives };
    }
    case 'LetterRedriveStarted':
      return { state: 'redriving', tries: row.tries + 1, ...became(row, 'redriving') };
    case 'LetterResolved': {
      const { outcome, why, instanceId } = event.data;
      const resolved = { state: 'resolved' as const, outcome: why ?? outcome, closedAt: at };
      return { ...resolved, instanceId: instanceId ?? row.instanceId, ...became(row, 'resolved') };
    }
    case 'LetterParkedAgain': {
      const { cause, fingerprint } = event.data;
      return { state: 'parked', ...cause, fingerprint, ...became(row, 'parked-again') };
    }
    case 'LetterDiscarded': {
      const isSelected = row.state === 'selected';
      return { state: 'discarded', closedAt: at, ...(isSelected ? became(row, 'discarded') : {}) };
    }
  }
};

/** Two entries a redrive: the oldest redrives are forgotten. */
const KEPT = 40;

/** What became of the letter in its latest redrive. */
const became = ({ redriveId, redrives }: LetterRow, what: string): Pick<LetterRow, 'redrives'> => ({
  redrives: [...redrives.slice(0, -1), `${redriveId ?? ''}/${what}`],
});
