import { accept, reject } from '../decider.ts';
import type { Decision, Rejection } from '../decider.ts';
import type { DeadLetterCommand, DeadLetterRejection } from './commands.ts';
import type { DeadLetterEvent } from './events.ts';
import { isClosed } from './state.ts';
import type { Letter, LetterState } from './state.ts';

type Decided = Decision<DeadLetterEvent, DeadLetterRejection>;
type OnLetter = Exclude<DeadLetterCommand, { type: 'ParkLetter' }>;
type Asked = Extract<DeadLetterCommand, { revision: number | null }>;
type Redriven = Exclude<OnLetter, Asked>;

/** The same record is parked once, however often it is delivered; each letter ends with exactly one outcome. */
export const decide = (command: DeadLetterCommand, state: LetterState): Decided => {
  if (command.type === 'ParkLetter')
    return state.kind === 'absent' ? accept({ type: 'LetterParked', data: command.letter }) : accept();
  if (state.kind === 'absent') return reject('unknown_letter', 'there is no letter with this id');
  return 'revision' in command ? asked(command, state) : redriven(command, state);
};

/** What a person asked for. */
const asked = (command: Asked, letter: Letter): Decided => {
  if (isRepeated(command, letter)) return accept();
  const refusal = outdated(command, letter) ?? untouchable(letter);
  if (refusal !== undefined) return refusal;
  switch (command.type) {
    case 'EditLetter':
      return edited(command.edit, letter);
    case 'SelectLetter':
      return selected(command.selection, letter);
    case 'DiscardLetter':
      return accept({ type: 'LetterDiscarded', data: { reason: command.reason } });
  }
};

/** Asked for once more, nothing is left to do: a double click, a repeated call. */
const isRepeated = (command: Asked, letter: Letter): boolean => {
  switch (command.type) {
    case 'EditLetter':
      return command.edit.edition === letter.edition && command.edit.value === letter.value;
    case 'SelectLetter':
      return letter.status === 'selected' || letter.status === 'redriving';
    case 'DiscardLetter':
      return letter.status === 'discarded';
  }
};

const outdated = ({ revision }: Asked, letter: Letter): Rejection<DeadLetterRejection> | undefined =>
  revision === null || revision === letter.revision
    ? undefined
    : reject('precondition_failed', `the letter is at revision ${String(letter.revision)}`);

const untouchable = (letter: Letter): Rejection<DeadLetterRejection> | undefined => {
  if (isClosed(letter)) return reject('letter_closed', `the letter is ${letter.status}`);
  if (letter.status === 'redriving') return reject('letter_redriving', 'the letter is being redriven');
  return undefined;
};

const edited = (data: Extract<Asked, { type: 'EditLetter' }>['edit'], letter: Letter): Decided =>
  data.edition === letter.edition + 1
    ? accept({ type: 'LetterEdited', data })
    : reject('letter_changed', `edition ${String(letter.edition)} was made meanwhile`);

const selected = (data: Extract<Asked, { type: 'SelectLetter' }>['selection'], letter: Letter): Decided =>
  letter.truncated.length === 0
    ? accept({ type: 'LetterSelected', data })
    : reject('letter_truncated', `too long to be kept whole: ${letter.truncated.join(', ')}`);

/** What the redriver did. What belongs to an earlier redrive of the letter changes nothing any more. */
const redriven = (command: Redriven, letter: Letter): Decided => {
  const redriveId = redriveOf(command);
  if (redriveId !== letter.redriveId || isDiscarded(letter))
    return reject('redrive_superseded', 'the letter was selected anew, or is closed');
  const { status } = letter;
  switch (command.type) {
    case 'StartRedrive':
      return status === 'selected'
        ? accept({ type: 'LetterRedriveStarted', data: { redriveId, edition: letter.edition } })
        : accept();
    case 'ResolveLetter':
      return status === 'redriving' ? accept({ type: 'LetterResolved', data: command.resolution }) : accept();
    case 'ParkLetterAgain':
      return status === 'redriving' ? accept({ type: 'LetterParkedAgain', data: command.refusal }) : accept();
  }
};

const isDiscarded = ({ status }: Letter): boolean => status === 'discarded';

const redriveOf = (command: Redriven): string => {
  switch (command.type) {
    case 'StartRedrive':
      return command.redriveId;
    case 'ResolveLetter':
      return command.resolution.redriveId;
    case 'ParkLetterAgain':
      return command.refusal.redriveId;
  }
};
