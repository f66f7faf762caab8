import { describe, it } from 'vitest';
import { deadLetterAggregate } from '../../../src/domain/dead-letter/aggregate.ts';
import type { DeadLetterCommand } from '../../../src/domain/dead-letter/commands.ts';
import { deciderSpec } from '../../support/decider-spec.ts';
import * as letter from '../../support/letters.ts';

const given = deciderSpec(deadLetterAggregate.decider);

const park = { type: 'ParkLetter', letter: letter.letterData() } as const;
const edit = (edition = 1, revision: number | null = null): DeadLetterCommand => ({
  type: 'EditLetter',
  edit: letter.edited(edition).data,
  revision,
});
const select = (redrive = 1, revision: number | null = null): DeadLetterCommand => ({
  type: 'SelectLetter',
  selection: letter.selected(redrive).data,
  revision,
});
const discard = (revision: number | null = null): DeadLetterCommand => ({
  type: 'DiscardLetter',
  reason: letter.discarded.data.reason,
  revision,
});
const start = (redrive = 1): DeadLetterCommand => ({
  type: 'StartRedrive',
  redriveId: letter.redriveAt(redrive),
});
const resolve = (redrive = 1): DeadLetterCommand => ({
  type: 'ResolveLetter',
  resolution: letter.resolved(redrive).data,
});
const parkAgain = (redrive = 1): DeadLetterCommand => ({
  type: 'ParkLetterAgain',
  refusal: letter.parkedAgain(redrive).data,
});

const redriving = [letter.parked(), letter.selected(), letter.redriveStarted()];
const resolved = [...redriving, letter.resolved()];

describe('a record that cannot be taken', () => {
  it('is parked', () => given().when(park).then(letter.parked()));
  it('is parked once, however often it comes', () => {
    given(letter.parked()).when(park).thenNothing();
    given(resolved).when(park).thenNothing();
  });
});

describe('a letter that is not there', () => {
  it.each([edit(), select(), discard(), start(), resolve(), parkAgain()])('refuses $type', (command) => {
    given().when(command).thenRejected('unknown_letter');
  });
});

describe('a parked letter', () => {
  it('can be edited, again and again', () => {
    given(letter.parked()).when(edit()).then(letter.edited(1));
    given(letter.parked(), letter.edited(1)).when(edit(2)).then(letter.edited(2));
  });
  it('takes the same edit once', () => given(letter.parked(), letter.edited(1)).when(edit(1)).thenNothing());
  it('refuses an edit made to an edition that is no longer the last', () => {
    const other = letter.edited(1, 'what somebody else wrote meanwhile');
    given(letter.parked(), other).when(edit(1)).thenRejected('letter_changed');
  });
  it('can be selected', () => given(letter.parked()).when(select()).then(letter.selected()));
  it('can be discarded', () => given(letter.parked()).when(discard()).then(letter.discarded));
  it.each([edit(1, 3), select(1, 3), discard(3)])('refuses $type for another revision', (command) => {
    given(letter.parked()).when(command).thenRejected('precondition_failed');
  });
  it('takes a command for the revision it is at', () => {
    given(letter.parked()).when(select(1, 0)).then(letter.selected());
    given(letter.parked(), letter.edited(1)).when(select(1, 1)).then(letter.selected());
  });
  it.each([start(), resolve(), parkAgain()])('refuses $type of a redrive it is not in', (command) => {
    given(letter.parked()).when(command).thenRejected('redrive_superseded');
  });
});

describe('a letter that is not whole', () => {
  const cut = letter.parked({ truncated: ['value'] });
  it('is not selected', () => given(cut).when(select()).thenRejected('letter_truncated'));
  it('is whole once its value is edited', () => {
    given(cut, letter.edited(1)).when(select()).then(letter.selected());
  });
  it('stays cut where its key is', () => {
    const both = letter.parked({ truncated: ['key', 'value'] });
    given(both, letter.edited(1)).when(select()).thenRejected('letter_truncated');
  });
});

describe('a selected letter', () => {
  const given1 = () => given(letter.parked(), letter.selected());
  it('stays selected when it is selected again', () => {
    given1().when(select(1)).thenNothing();
    given1().when(select(2)).thenNothing();
  });
  it('can still be edited and discarded', () => {
    given1().when(edit()).then(letter.edited(1));
    given1().when(discard()).then(letter.discarded);
  });
  it('is taken at its latest edition', () => {
    given(letter.parked(), letter.selected(), letter.edited(1))
      .when(start())
      .then(letter.redriveStarted(1, 1));
  });
  it('has no outcome before it was taken', () => {
    given1().when(resolve()).thenNothing();
    given1().when(parkAgain()).thenNothing();
  });
});

describe('a letter that is being redriven', () => {
  it('is taken once', () => given(redriving).when(start()).thenNothing());
  it('is resolved', () => given(redriving).when(resolve()).then(letter.resolved()));
  it('is parked again', () => given(redriving).when(parkAgain()).then(letter.parkedAgain()));
  it('is neither edited nor discarded meanwhile', () => {
    given(redriving).when(edit()).thenRejected('letter_redriving');
    given(redriving).when(discard()).thenRejected('letter_redriving');
  });
  it('ignores a second click', () => given(redriving).when(select(2)).thenNothing());
});

describe('a letter that is parked again', () => {
  const again = [...redriving, letter.parkedAgain()];
  it('can be selected for another redrive', () => given(again).when(select(2)).then(letter.selected(2)));
  it('hears nothing more of the redrive before', () => {
    given(again).when(resolve(1)).thenNothing();
    given(again, letter.selected(2)).when(resolve(1)).thenRejected('redrive_superseded');
  });
});

describe('a closed letter', () => {
  it('ends with exactly one outcome', () => {
    given(resolved).when(resolve()).thenNothing();
    given(resolved).when(parkAgain()).thenNothing();
  });
  it.each([edit(), select(2), discard()])('refuses $type once it is resolved', (command) => {
    given(resolved).when(command).thenRejected('letter_closed');
  });
  it('refuses to go on once it is discarded', () => {
    const gone = [letter.parked(), letter.selected(), letter.discarded];
    given(gone).when(select()).thenRejected('letter_closed');
    given(gone).when(start()).thenRejected('redrive_superseded');
    given(gone).when(discard()).thenNothing();
  });
});
