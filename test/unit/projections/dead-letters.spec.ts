import { describe, expect, it } from 'vitest';
import type { DeadLetterEvent } from '../../../src/domain/dead-letter/events.ts';
import { deadLetters } from '../../../src/projections/dead-letters/projection.ts';
import { letterRow } from '../../../src/projections/dead-letters/read-model.ts';
import * as letter from '../../support/letters.ts';
import { folded, logOf, logPosition, timeAt } from '../../support/read-models.ts';

const fold = (...events: readonly DeadLetterEvent[]) => {
  const log = logOf(...events.map((each) => ['deadletter-1', each] as const));
  return letterRow.parse(folded(deadLetters, log).get('1')?.body);
};
const redrive = (number = 1) => letter.redriveAt(number);

describe('a dead letter in the collection', () => {
  it('says where it is from and why it is here, and nothing of its content', () => {
    const row = fold(letter.parked({ behind: letter.letterAt(1) }));
    expect(row).toEqual({
      ...{ id: '1', state: 'parked', bus: 'bus-1', topic: 'orchestrator.response.result' },
      ...{ partition: 0, offset: '7', recordAt: timeAt(0), size: 12, instanceId: null, truncated: [] },
      ...{ code: 'malformed_json', detail: 'the value is not JSON', pointer: null, flowId: null },
      ...{ fingerprint: letter.hashOf('f'), sequence: letter.hashOf('a'), behind: letter.letterAt(1) },
      ...{ edition: 0, tries: 0, redriveId: null, redrives: [], outcome: null },
      ...{ place: logPosition(0), parkedAt: timeAt(0), updatedAt: timeAt(0), closedAt: null },
      ...{ revision: 0, position: logPosition(0) },
    });
    expect(JSON.stringify(row)).not.toContain('1.k-1.');
  });

  it('leaves out a time that no calendar has', () => {
    const source = { ...letter.letterData().source, timestamp: Number.MAX_SAFE_INTEGER };
    expect(fold(letter.parked({ source })).recordAt).toBeNull();
  });

  it('counts editions, and is whole once its value is edited', () => {
    const row = fold(letter.parked({ truncated: ['value', 'key'] }), letter.edited(1));
    expect(row).toMatchObject({ edition: 1, truncated: ['key'], state: 'parked' });
  });

  it('shows each redrive and what became of it there', () => {
    const first = [letter.parked(), letter.selected(1)];
    expect(fold(...first)).toMatchObject({
      ...{ state: 'selected', redriveId: redrive(1), redrives: [redrive(1), `${redrive(1)}/selected`] },
    });
    const taken = [...first, letter.redriveStarted(1)];
    expect(fold(...taken)).toMatchObject({ state: 'redriving', tries: 1 });
    expect(fold(...taken).redrives).toEqual([redrive(1), `${redrive(1)}/redriving`]);
    const again = [...taken, letter.parkedAgain(1), letter.selected(2), letter.redriveStarted(2)];
    expect(fold(...again, letter.resolved(2))).toMatchObject({
      ...{ state: 'resolved', outcome: 'done', tries: 2, closedAt: timeAt(6), code: 'invalid_input' },
      redrives: [...[redrive(1), `${redrive(1)}/parked-again`, redrive(2), `${redrive(2)}/resolved`]],
    });
  });

  it('says why a record changed nothing', () => {
    const row = fold(letter.parked(), letter.selected(), letter.redriveStarted(), letter.resolvedAs('late'));
    expect(row).toMatchObject({ state: 'resolved', outcome: 'late' });
  });

  it('counts a letter discarded in a redrive to it, and one parked before to none', () => {
    expect(fold(letter.parked(), letter.selected(), letter.discarded).redrives).toEqual([
      ...[redrive(1), `${redrive(1)}/discarded`],
    ]);
    const after = [letter.parked(), letter.selected(), letter.redriveStarted(), letter.parkedAgain()];
    expect(fold(...after, letter.discarded)).toMatchObject({
      ...{ state: 'discarded', redrives: [redrive(1), `${redrive(1)}/parked-again`] },
    });
  });

  it('names the instance it was meant for, or became', () => {
    const meant = letter.parked({ instanceId: '9007199254740993' });
    expect(fold(meant).instanceId).toBe('9007199254740993');
    const { type, data } = letter.resolved();
    const became = { type, data: { ...data, instanceId: '7' } };
    expect(fold(letter.parked(), letter.selected(), letter.redriveStarted(), became).instanceId).toBe('7');
    const after = [letter.selected(), letter.redriveStarted(), letter.resolved()];
    expect(fold(meant, ...after).instanceId).toBe('9007199254740993');
  });

  it('forgets the oldest of many redrives', () => {
    const rounds = Array.from({ length: 30 }, (_, index) => [
      ...[letter.selected(index), letter.redriveStarted(index), letter.parkedAgain(index)],
    ]).flat();
    const { redrives, tries } = fold(letter.parked(), ...rounds);
    expect({ tries, kept: redrives.length, last: redrives.at(-1) }).toEqual({
      ...{ tries: 30, kept: 40, last: `${redrive(29)}/parked-again` },
    });
  });

  it('stays as it is when an event comes again', () => {
    const log = logOf(['deadletter-1', letter.parked()], ['deadletter-1', letter.selected()]);
    const body = folded(deadLetters, log).get('1')?.body ?? null;
    for (const again of log) expect(deadLetters.fold(body, again, '1')).toBe(body);
  });
});
