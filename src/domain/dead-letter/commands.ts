import type { DeadLetterEvent } from './events.ts';

type DataOf<Type> = Extract<DeadLetterEvent, { type: Type }>['data'];

/** What a person says may be meant for the letter as it was seen: at this revision, or (null) at any. */
type Seen = { readonly revision: number | null };

export type DeadLetterCommand =
  | { readonly type: 'ParkLetter'; readonly letter: DataOf<'LetterParked'> }
  | (Seen & { readonly type: 'EditLetter'; readonly edit: DataOf<'LetterEdited'> })
  | (Seen & { readonly type: 'SelectLetter'; readonly selection: DataOf<'LetterSelected'> })
  | (Seen & { readonly type: 'DiscardLetter'; readonly reason: string })
  | { readonly type: 'StartRedrive'; readonly redriveId: string }
  | { readonly type: 'ResolveLetter'; readonly resolution: DataOf<'LetterResolved'> }
  | { readonly type: 'ParkLetterAgain'; readonly refusal: DataOf<'LetterParkedAgain'> };

export type DeadLetterRejection =
  | 'unknown_letter'
  | 'letter_closed'
  | 'letter_redriving'
  | 'letter_truncated'
  | 'letter_changed'
  | 'precondition_failed'
  | 'redrive_superseded';
