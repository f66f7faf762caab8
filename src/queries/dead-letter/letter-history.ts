import type { DeadLetterEvent } from '../../domain/dead-letter/events.ts';
import type { StoredEvent } from '../../infra/event-store/port.ts';
import { parseLetterEvent } from '../../projections/dead-letters/projection.ts';
import type { LetterView } from '../../projections/dead-letters/read-model.ts';

type Entry = LetterView['history'][number];
type Told = Omit<Entry, 'revision' | 'at' | 'by'>;

/** One event of a letter as an entry of its history. */
export const historyOf = (stored: StoredEvent): Entry => {
  const { revision, metadata } = stored;
  return { revision, at: metadata.recordedAt, by: metadata.actor.id, ...told(parseLetterEvent(stored)) };
};

const NOTHING = { reason: null, redriveId: null, edition: null, code: null, detail: null };

const told = (event: DeadLetterEvent): Told => {
  switch (event.type) {
    case 'LetterParked': {
      const { code, detail } = event.data.cause;
      return { ...NOTHING, what: 'parked', code, detail };
    }
    case 'LetterEdited': {
      const { edition, reason } = event.data;
      return { ...NOTHING, what: 'edited', edition, reason };
    }
    case 'LetterSelected': {
      const { redriveId, reason } = event.data;
      return { ...NOTHING, what: 'selected', redriveId, reason };
    }
    case 'LetterRedriveStarted':
      return { ...NOTHING, what: 'taken', ...event.data };
    case 'LetterResolved': {
      const { redriveId, edition, outcome, why } = event.data;
      return { ...NOTHING, what: 'resolved', redriveId, edition, code: why ?? outcome };
    }
    case 'LetterParkedAgain': {
      const { redriveId, edition, cause } = event.data;
      const { code, detail } = cause;
      return { ...NOTHING, what: 'parked again', redriveId, edition, code, detail };
    }
    case 'LetterDiscarded':
      return { ...NOTHING, what: 'discarded', reason: event.data.reason };
  }
};
