import fc from 'fast-check';
import { deadLetterAggregate } from '../../src/domain/dead-letter/aggregate.ts';
import type { DeadLetterCommand } from '../../src/domain/dead-letter/commands.ts';
import { deciderLaws } from '../support/decider-laws.ts';
import * as letter from '../support/letters.ts';

const revision = fc.option(fc.integer({ min: 0, max: 4 }), { freq: 2 });
const redrive = fc.integer({ min: 1, max: 2 });
const edition = fc.integer({ min: 1, max: 3 });

const command: fc.Arbitrary<DeadLetterCommand> = fc.oneof(
  { arbitrary: fc.constant({ type: 'ParkLetter', letter: letter.letterData() } as const), weight: 3 },
  fc.record({
    type: fc.constant('EditLetter' as const),
    edit: edition.map((number) => letter.edited(number).data),
    revision,
  }),
  fc.record({
    type: fc.constant('SelectLetter' as const),
    selection: redrive.map((number) => letter.selected(number).data),
    revision,
  }),
  fc.record({ type: fc.constant('DiscardLetter' as const), reason: fc.constant('no'), revision }),
  redrive.map((number) => ({ type: 'StartRedrive' as const, redriveId: letter.redriveAt(number) })),
  redrive.map((number) => ({ type: 'ResolveLetter' as const, resolution: letter.resolved(number).data })),
  redrive.map((number) => ({ type: 'ParkLetterAgain' as const, refusal: letter.parkedAgain(number).data })),
);

const parkFirst: DeadLetterCommand = { type: 'ParkLetter', letter: letter.letterData() };

deciderLaws('a dead letter', deadLetterAggregate, {
  scripts: fc.array(command, { minLength: 1, maxLength: 14 }).map((script) => [parkFirst, ...script]),
});
