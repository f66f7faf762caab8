import { deadLetterAggregate } from '../../domain/dead-letter/aggregate.ts';
import type { DeadLetterEvent } from '../../domain/dead-letter/events.ts';
import type { StoredEvent } from '../../infra/event-store/port.ts';

export type Redrive = { readonly id: string; readonly perSecond: number };

/** What is kept in memory of a letter that is not closed: none of its content. */
export type OpenLetter = {
  readonly id: string;
  /** Letters of one sequence go one after the other; one without a key is a sequence of its own. */
  readonly sequence: string;
  /** `unreadable`: an event of it is of a form this version does not know; nothing is guessed. */
  readonly status: 'parked' | 'selected' | 'redriving' | 'unreadable';
  /** Only what stood before it kept it from being taken: it goes on by itself. */
  readonly isQueued: boolean;
  readonly redrive: Redrive | null;
};

/** The letters that are open, by id and by sequence in the order they were parked in. Folded from the log. */
export const createLetterIndex = () => {
  const { put, close, ...letters } = createOpenLetters();
  return {
    ...letters,
    /** A letter that was parked just now, its event still to come. */
    add: (id: string, sequence: string | null): void => {
      put(parked(id, { sequence, behind: null }));
    },
    /** Takes an event up and gives back the sequence it concerns. @throws for a form this version does not know. */
    take: (stored: StoredEvent): string | undefined => {
      const id = letterIdIn(stored);
      const before = letters.get(id);
      try {
        const event = deadLetterAggregate.parse(stored);
        // One that was added before its event came keeps its place.
        const after = event.type === 'LetterParked' ? parked(id, event.data) : moved(before, event);
        if (after !== undefined) put(after);
        else if (before !== undefined) close(before);
        return (after ?? before)?.sequence;
      } catch (error) {
        if (before !== undefined) put({ ...before, status: 'unreadable' });
        throw error;
      }
    },
  };
};
export type LetterIndex = ReturnType<typeof createLetterIndex>;

export const letterIdIn = ({ stream }: Pick<StoredEvent, 'stream'>): string =>
  stream.slice(deadLetterAggregate.category.length + 1);

const createOpenLetters = () => {
  const letters = new Map<string, OpenLetter>();
  const sequences = new Map<string, Set<string>>();
  const lastRedrives = new Map<string, Redrive>();
  return {
    get: (id: string): OpenLetter | undefined => letters.get(id),
    headOf: (sequence: string): OpenLetter | undefined => {
      const [first] = sequences.get(sequence) ?? [];
      return first === undefined ? undefined : letters.get(first);
    },
    sequences: (): readonly string[] => [...sequences.keys()],
    size: (): number => letters.size,
    /** What the last closed letter of a sequence was redriven by, while the sequence is open. */
    lastRedrive: (sequence: string): Redrive | undefined => lastRedrives.get(sequence),
    put: (letter: OpenLetter): void => {
      letters.set(letter.id, letter);
      sequences.set(letter.sequence, (sequences.get(letter.sequence) ?? new Set()).add(letter.id));
    },
    close: ({ id, sequence, redrive }: OpenLetter): void => {
      letters.delete(id);
      const left = sequences.get(sequence);
      left?.delete(id);
      if (redrive !== null) lastRedrives.set(sequence, redrive);
      if (left !== undefined && left.size > 0) return;
      sequences.delete(sequence);
      lastRedrives.delete(sequence);
    },
  };
};

type DataOf<Type> = Extract<DeadLetterEvent, { type: Type }>['data'];

const parked = (
  id: string,
  { sequence, behind }: Pick<DataOf<'LetterParked'>, 'sequence' | 'behind'>,
): OpenLetter => ({
  id,
  sequence: sequence ?? id,
  status: 'parked',
  isQueued: behind !== null,
  redrive: null,
});

/** The letter after an event; undefined once it is closed, or where it was closed before. */
const moved = (
  letter: OpenLetter | undefined,
  event: Exclude<DeadLetterEvent, { type: 'LetterParked' }>,
): OpenLetter | undefined => {
  if (letter === undefined || letter.status === 'unreadable') return letter;
  switch (event.type) {
    case 'LetterEdited':
      return letter;
    case 'LetterSelected': {
      const { redriveId: id, perSecond } = event.data;
      return { ...letter, status: 'selected', isQueued: false, redrive: { id, perSecond } };
    }
    case 'LetterRedriveStarted':
      return { ...letter, status: 'redriving' };
    case 'LetterParkedAgain':
      return { ...letter, status: 'parked' };
    case 'LetterResolved':
    case 'LetterDiscarded':
      return undefined;
  }
};
