import type { DeadLetterEvent, LetterCause } from './events.ts';

type Parked = Extract<DeadLetterEvent, { type: 'LetterParked' }>['data'];

export type LetterStatus = 'parked' | 'selected' | 'redriving' | 'resolved' | 'discarded';

export type Letter = Pick<
  Parked,
  'source' | 'keyId' | 'key' | 'value' | 'headers' | 'flowId' | 'instanceId' | 'truncated'
> & {
  readonly kind: 'letter';
  readonly status: LetterStatus;
  readonly cause: LetterCause;
  /** 0 for the record as it came; `value` is that of this edition. */
  readonly edition: number;
  /** The redrive it was last selected for. */
  readonly redriveId: string | null;
  readonly revision: number;
};

export type LetterState = { readonly kind: 'absent' } | Letter;

export const initialLetter: LetterState = { kind: 'absent' };

/** Closed letters stay as they are: what comes later in their stream is only counted. */
export const evolve = (state: LetterState, event: DeadLetterEvent, revision: number): LetterState => {
  if (event.type === 'LetterParked') return parked(event.data, revision);
  return state.kind === 'absent' ? state : { ...state, ...changed(state, event), revision };
};

const parked = (data: Parked, revision: number): Letter => {
  const { source, keyId, key, value, headers, flowId, instanceId, truncated, cause } = data;
  const record = { source, keyId, key, value, headers, flowId, instanceId, truncated };
  return { kind: 'letter', status: 'parked', ...record, cause, edition: 0, redriveId: null, revision };
};

const changed = (
  letter: Letter,
  event: Exclude<DeadLetterEvent, { type: 'LetterParked' }>,
): Partial<Letter> => {
  switch (event.type) {
    case 'LetterEdited':
      return {
        edition: event.data.edition,
        value: event.data.value,
        truncated: letter.truncated.filter((part) => part !== 'value'),
      };
    case 'LetterSelected':
      return { status: 'selected', redriveId: event.data.redriveId };
    case 'LetterRedriveStarted':
      return { status: 'redriving' };
    case 'LetterResolved':
      return { status: 'resolved', instanceId: event.data.instanceId ?? letter.instanceId };
    case 'LetterParkedAgain':
      return { status: 'parked', cause: event.data.cause };
    case 'LetterDiscarded':
      return { status: 'discarded' };
  }
};

export const isClosed = ({ status }: Pick<Letter, 'status'>): boolean =>
  status === 'resolved' || status === 'discarded';
