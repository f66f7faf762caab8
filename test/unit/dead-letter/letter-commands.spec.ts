import { describe, expect, it } from 'vitest';
import type { CallContext } from '../../../src/commands/context.ts';
import { letterCommands } from '../../../src/commands/dead-letter/letter-commands.ts';
import { createExecutor } from '../../../src/commands/execute.ts';
import { deadLetterAggregate, letterStream } from '../../../src/domain/dead-letter/aggregate.ts';
import { LogDamaged } from '../../../src/infra/event-store/errors.ts';
import type { EventStore } from '../../../src/infra/event-store/port.ts';
import { getLetter } from '../../../src/queries/dead-letter/get-letter.ts';
import { context, letterWorld, recordOf } from '../../support/letter-world.ts';

const UNKNOWN = '0198f3a0-2222-7abc-8def-00000000dead';
const keyed = (idempotencyKey: string): CallContext => ({ ...context, idempotencyKey });
const HOW = { perSecond: 50 };

describe('editing a letter', () => {
  it('makes editions one after the other, each with what changed against the one before', async () => {
    const world = await letterWorld();
    const letterId = await world.parked(recordOf(1, { value: Buffer.from('{\n  "a": 1\n}\n') }));
    const first = await world.commands.editLetter(
      { letterId },
      { text: '{\n  "a": 2\n}\n', reason: 'one' },
      context,
    );
    expect(first).toMatchObject({ kind: 'done', value: { edition: 1 } });
    await world.commands.editLetter({ letterId }, { base64: '/w==', reason: 'two' }, context);
    await world.commands.editLetter({ letterId }, { text: 'x', reason: 'three' }, context);
    const view = await getLetter(world)(letterId);
    expect(view?.editions).toMatchObject([
      {
        ...{ edition: 1, by: 'erik', reason: 'one' },
        diff: [
          { kind: 'same', text: '{\n' },
          { kind: 'removed', text: '  "a": 1\n' },
          { kind: 'added', text: '  "a": 2\n' },
          { kind: 'same', text: '}\n' },
        ],
      },
      { edition: 2, value: { encoding: 'base64', data: '/w==' }, diff: null },
      { edition: 3, value: { encoding: 'text', data: 'x' }, diff: null },
    ]);
    expect(view).toMatchObject({ edition: 3, value: { encoding: 'text', data: 'x' }, revision: 3 });
  });

  it('refuses a value that does not have the form of its topic', async () => {
    const world = await letterWorld({
      check: ({ value }) =>
        value !== null && value.length > 1
          ? { code: 'malformed_json', detail: 'no', pointer: '/a' }
          : undefined,
    });
    const letterId = await world.parked(recordOf(1));
    const refused = await world.commands.editLetter({ letterId }, { text: 'xx', reason: 'r' }, context);
    expect(refused).toEqual({
      kind: 'rejected',
      code: 'invalid_letter',
      detail: 'malformed_json at /a: no',
    });
    expect(await world.typesOf(letterId)).toEqual(['LetterParked']);
    const taken = await world.commands.editLetter({ letterId }, { text: 'x', reason: 'r' }, context);
    expect(taken).toMatchObject({ kind: 'done' });
  });

  it('takes the same call once, and refuses its key for another value', async () => {
    const { commands, parked, typesOf } = await letterWorld();
    const letterId = await parked(recordOf(1));
    const edit = (text: string) => commands.editLetter({ letterId }, { text, reason: 'r' }, keyed('key-1'));
    expect(await edit('a')).toMatchObject({ kind: 'done', value: { edition: 1 }, replayed: false });
    expect(await edit('a')).toMatchObject({ kind: 'done', value: { edition: 1 }, replayed: true });
    expect(await edit('b')).toMatchObject({ kind: 'rejected', code: 'idempotency_key_reused' });
    expect(await typesOf(letterId)).toEqual(['LetterParked', 'LetterEdited']);
    await commands.editLetter({ letterId }, { text: 'later', reason: 'r' }, context);
    expect(await edit('a')).toMatchObject({ kind: 'done', value: { edition: 1 }, replayed: true });
  });

  it('refuses a letter whose content was erased', async () => {
    const { commands, keys, letters, parked, store } = await letterWorld();
    const letterId = await parked(recordOf(1));
    const { state } = await letters.load(letterStream(letterId));
    if (state.kind !== 'letter') throw new Error('there is a letter');
    await keys.destroy([state.keyId]);
    const refused = await commands.editLetter({ letterId }, { text: 'a', reason: 'r' }, context);
    expect(refused).toMatchObject({ kind: 'rejected', code: 'invalid_letter' });
    const view = await getLetter({ store, keys })(letterId);
    expect(view).toMatchObject({ value: { encoding: 'erased', data: '' }, headers: [] });
  });

  it('makes two editions of two edits at the same time', async () => {
    const { commands, parked, typesOf } = await letterWorld();
    const letterId = await parked(recordOf(1));
    const edit = (text: string) => commands.editLetter({ letterId }, { text, reason: 'r' }, context);
    const both = await Promise.all([edit('a'), edit('b')]);
    expect(both.map((result) => (result.kind === 'done' ? result.value.edition : 0)).sort()).toEqual([1, 2]);
    expect(await typesOf(letterId)).toEqual(['LetterParked', 'LetterEdited', 'LetterEdited']);
  });

  it('refuses an edit of a letter that has moved on since it was seen', async () => {
    const { commands, parked } = await letterWorld();
    const letterId = await parked(recordOf(1));
    const edit = () => commands.editLetter({ letterId, revision: 0 }, { text: 'a', reason: 'r' }, context);
    expect(await edit()).toMatchObject({ kind: 'done' });
    expect(await edit()).toMatchObject({ kind: 'rejected', code: 'precondition_failed' });
  });
});

describe('discarding a letter', () => {
  it('closes it with a reason, once', async () => {
    const { commands, parked, historyOf } = await letterWorld();
    const letterId = await parked(recordOf(1));
    const discard = () => commands.discardLetter({ letterId }, { reason: 'a test' }, context);
    expect(await discard()).toMatchObject({ kind: 'done' });
    expect(await discard()).toMatchObject({ kind: 'done' });
    const history = await historyOf(letterId);
    expect(history.map(({ type, data }) => [type, data]).slice(1)).toEqual([
      ['LetterDiscarded', { reason: 'a test' }],
    ]);
    expect(await commands.redriveLetter({ letterId }, HOW, context)).toMatchObject({ code: 'letter_closed' });
  });
});

describe('redriving letters', () => {
  it('selects a letter once, however often it is clicked', async () => {
    const { commands, parked, typesOf } = await letterWorld();
    const letterId = await parked(recordOf(1));
    const click = () => commands.redriveLetter({ letterId }, HOW, context);
    const [one, other] = await Promise.all([click(), click()]);
    if (one.kind !== 'done' || other.kind !== 'done') throw new Error('both are taken');
    expect(other.value.redriveId).toBe(one.value.redriveId);
    expect(await typesOf(letterId)).toEqual(['LetterParked', 'LetterSelected']);
  });

  it('selects many as one redrive, and says what was left', async () => {
    const { commands, letters, parked } = await letterWorld();
    const [one, two, closed] = [
      await parked(recordOf(1)),
      await parked(recordOf(2)),
      await parked(recordOf(3)),
    ];
    const cut = await parked(recordOf(4, { value: Buffer.alloc(300_000) }));
    await commands.discardLetter({ letterId: closed }, { reason: 'r' }, context);
    const result = await commands.redriveLetters([one, two, closed, cut, UNKNOWN], HOW, context);
    if (result.kind !== 'done') throw new Error(result.code);
    const { redriveId, ...counts } = result.value;
    expect(counts).toEqual({
      selected: 2,
      skipped: { letter_closed: 1, letter_truncated: 1, unknown_letter: 1 },
    });
    for (const letterId of [one, two])
      expect((await letters.load(letterStream(letterId))).state).toMatchObject({
        ...{ status: 'selected', redriveId },
      });
  });

  it('selects the others of one that cannot be read', async () => {
    const world = await letterWorld();
    const [damaged, other] = [await world.parked(recordOf(1)), await world.parked(recordOf(2))];
    const store: EventStore = {
      ...world.store,
      readStream: (stream, page) =>
        stream === letterStream(damaged)
          ? Promise.reject(new LogDamaged(stream, 0, 'the hash does not match'))
          : world.store.readStream(stream, page),
    };
    const letters = createExecutor({ store, clock: world.clock }, deadLetterAggregate);
    const { redriveLetters, redriveLetter } = letterCommands({ ...world, letters });
    expect(await redriveLetters([damaged, other], HOW, context)).toMatchObject({
      ...{ kind: 'done', value: { selected: 1, skipped: { unreadable: 1 } } },
    });
    await expect(redriveLetter({ letterId: damaged }, HOW, context)).rejects.toThrow(LogDamaged);
  });

  it('leaves to an earlier redrive what that one selected', async () => {
    const { commands, parked } = await letterWorld();
    const [one, two] = [await parked(recordOf(1)), await parked(recordOf(2))];
    await commands.redriveLetter({ letterId: one }, HOW, context);
    const result = await commands.redriveLetters([one, two], HOW, context);
    expect(result).toMatchObject({
      kind: 'done',
      value: { selected: 1, skipped: { already_selected: 1 } },
    });
  });

  it('goes on in the same redrive where the same call is made again', async () => {
    const { commands, parked, typesOf } = await letterWorld();
    const [one, two] = [await parked(recordOf(1)), await parked(recordOf(2))];
    const redrive = async (ids: readonly string[]) => {
      const result = await commands.redriveLetters(ids, HOW, keyed('key-1'));
      if (result.kind !== 'done') throw new Error(result.code);
      return result.value;
    };
    const first = await redrive([one]);
    const second = await redrive([one, two]);
    expect(second).toEqual({ redriveId: first.redriveId, selected: 2, skipped: {} });
    expect(await typesOf(one)).toEqual(['LetterParked', 'LetterSelected']);
    const other = await commands.redriveLetters([one], { perSecond: 1 }, keyed('key-1'));
    expect(other).toMatchObject({ kind: 'rejected', code: 'idempotency_key_reused' });
  });

  it('refuses more letters than one redrive selects', async () => {
    const { commands } = await letterWorld();
    const many = Array.from({ length: 10_001 }, () => UNKNOWN);
    expect(await commands.redriveLetters(many, HOW, context)).toMatchObject({ code: 'too_large' });
  });

  it('does not know letters that are not there', async () => {
    const { commands } = await letterWorld();
    const on = { letterId: UNKNOWN };
    expect(await commands.redriveLetter(on, HOW, context)).toMatchObject({ code: 'unknown_letter' });
    expect(await commands.editLetter(on, { text: '', reason: 'r' }, context)).toMatchObject({
      code: 'unknown_letter',
    });
    expect(await commands.discardLetter(on, { reason: 'r' }, context)).toMatchObject({
      code: 'unknown_letter',
    });
  });
});
