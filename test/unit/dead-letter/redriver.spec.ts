import { describe, expect, it, vi } from 'vitest';
import { queuedBehind } from '../../../src/commands/dead-letter/cause.ts';
import type { HandleRecord, RecordOutcome } from '../../../src/commands/dead-letter/record-outcome.ts';
import { LogDamaged } from '../../../src/infra/event-store/errors.ts';
import type { EventStore } from '../../../src/infra/event-store/port.ts';
import { context, letterWorld, recordOf } from '../../support/letter-world.ts';
import { manualClock } from '../../support/manual-clock.ts';

type World = Awaited<ReturnType<typeof letterWorld>>;
type Seen = { readonly offset: string; readonly edition: number; readonly value: string };

const DONE: RecordOutcome = { kind: 'done', position: null };
const POISON: RecordOutcome = { kind: 'poison', code: 'still_wrong', detail: 'as before', pointer: '/a' };
const WAIT = { timeout: 10_000, interval: 5 };
const FAST = { perSecond: 1000 };

/** A handler that notes what it was given, and answers what a test says. */
const handler = (
  answer: (seen: Seen, times: number) => RecordOutcome | Promise<RecordOutcome> = () => DONE,
) => {
  const seen: Seen[] = [];
  const handle: HandleRecord = (record, edition) => {
    const one = { offset: record.offset, edition, value: Buffer.from(record.value ?? []).toString() };
    seen.push(one);
    return Promise.resolve(answer(one, seen.filter(({ offset }) => offset === one.offset).length));
  };
  return { seen, handle, offsets: () => seen.map(({ offset }) => offset) };
};

/** A log of which some streams cannot be read. */
const damagedIn = <Log extends Pick<EventStore, 'readStream'>>(
  store: Log,
  streams: ReadonlySet<string>,
): Log => ({
  ...store,
  readStream: (stream, page) =>
    streams.has(stream)
      ? Promise.reject(new LogDamaged(stream, 0, 'the hash does not match'))
      : store.readStream(stream, page),
});

/** Three records of one key: the first is poison, the others queue behind it. */
const sequence = async (world: World, from = 1, key = 'key-1') => {
  const keyed = { key: Buffer.from(key) };
  const first = await world.parked(recordOf(from, keyed));
  const second = await world.parked(recordOf(from + 1, keyed), first, queuedBehind(first));
  const third = await world.parked(recordOf(from + 2, keyed), first, queuedBehind(first));
  return [first, second, third] as const;
};

describe('the redriver', () => {
  it('takes a selected letter as it came, once, and resolves it', async () => {
    const world = await letterWorld();
    const letterId = await world.parked(recordOf(1));
    const other = await world.parked(recordOf(2, { key: Buffer.from('key-2') }));
    const { seen, handle } = handler();
    world.redriver(handle);
    await world.commands.redriveLetter({ letterId }, FAST, context);
    await world.ends(letterId, 'LetterResolved');
    expect(seen).toEqual([{ offset: '1', edition: 0, value: 'value 1' }]);
    expect(await world.typesOf(other)).toEqual(['LetterParked']);
  });

  it('takes the latest edition', async () => {
    const world = await letterWorld();
    const letterId = await world.parked(recordOf(1));
    await world.commands.editLetter({ letterId }, { text: 'first', reason: 'r' }, context);
    await world.commands.editLetter({ letterId }, { base64: 'c2Vjb25k', reason: 'r' }, context);
    await world.commands.redriveLetter({ letterId }, FAST, context);
    const { seen, handle } = handler();
    world.redriver(handle);
    await world.ends(letterId, 'LetterResolved');
    expect(seen).toEqual([{ offset: '1', edition: 2, value: 'second' }]);
  });

  it('says what a record came to that changes nothing', async () => {
    const world = await letterWorld();
    const letterId = await world.parked(recordOf(1));
    await world.commands.redriveLetter({ letterId }, FAST, context);
    world.redriver(handler(() => ({ kind: 'noted', reason: 'late' })).handle);
    await world.ends(letterId, 'LetterResolved');
    expect((await world.historyOf(letterId)).at(-1)?.data).toMatchObject({ outcome: 'noted', why: 'late' });
  });

  it('parks a letter again with what is wrong with it now, and takes it again when it is selected again', async () => {
    const world = await letterWorld();
    const letterId = await world.parked(recordOf(1));
    const { seen, handle } = handler((_, times) => (times === 1 ? POISON : DONE));
    world.redriver(handle);
    await world.commands.redriveLetter({ letterId }, FAST, context);
    await world.ends(letterId, 'LetterParkedAgain');
    expect((await world.historyOf(letterId)).at(-1)?.data).toMatchObject({
      cause: { code: 'still_wrong', detail: 'as before', pointer: '/a' },
    });
    await world.commands.redriveLetter({ letterId }, FAST, context);
    await world.ends(letterId, 'LetterResolved');
    expect(seen).toHaveLength(2);
  });
});

describe('the order of a key', () => {
  it('is kept: what is queued behind a letter follows it by itself', async () => {
    const world = await letterWorld();
    const [first, second, third] = await sequence(world);
    const { offsets, handle } = handler();
    world.redriver(handle);
    await world.commands.redriveLetter({ letterId: first }, FAST, context);
    await world.ends(third, 'LetterResolved');
    expect(offsets()).toEqual(['1', '2', '3']);
    const redriveOf = async (id: string) => (await world.historyOf(id))[1]?.data;
    const redrive = await redriveOf(first);
    expect(redrive).toMatchObject({ perSecond: 1000, reason: null });
    const reason = 'what it was queued behind is closed';
    expect(await redriveOf(second)).toEqual({ ...Object(redrive), reason });
    expect(await redriveOf(third)).toEqual({ ...Object(redrive), reason });
    expect(await world.typesOf(second)).toEqual([
      ...['LetterParked', 'LetterSelected', 'LetterRedriveStarted', 'LetterResolved'],
    ]);
  });

  it('holds up what is behind a letter that is parked again, until that is discarded', async () => {
    const world = await letterWorld();
    const [first, second, third] = await sequence(world);
    const elsewhere = await world.parked(recordOf(9, { key: Buffer.from('key-2') }));
    const { offsets, handle } = handler(({ offset }) => (offset === '1' ? POISON : DONE));
    world.redriver(handle);
    await world.commands.redriveLetters([third, second, first, elsewhere], FAST, context);
    await world.ends(first, 'LetterParkedAgain');
    await world.ends(elsewhere, 'LetterResolved');
    expect(offsets().toSorted()).toEqual(['1', '9']);
    expect(await world.typesOf(second)).toEqual(['LetterParked', 'LetterSelected']);
    await world.commands.discardLetter({ letterId: first }, { reason: 'nobody needs it' }, context);
    await world.ends(third, 'LetterResolved');
    expect(offsets().filter((offset) => offset !== '9')).toEqual(['1', '2', '3']);
  });

  it('does not take a letter before the one it follows', async () => {
    const world = await letterWorld();
    const [first, second] = await sequence(world);
    const { offsets, handle } = handler();
    world.redriver(handle);
    await world.commands.redriveLetter({ letterId: second }, FAST, context);
    await world.commands.redriveLetter({ letterId: first }, FAST, context);
    await world.ends(second, 'LetterResolved');
    expect(offsets().slice(0, 2)).toEqual(['1', '2']);
  });

  it('lets a record go on that was queued behind a letter just closed', async () => {
    const world = await letterWorld();
    const first = await world.parked(recordOf(1));
    await world.commands.discardLetter({ letterId: first }, { reason: 'no' }, context);
    const late = await world.parked(recordOf(2), first, queuedBehind(first));
    const { offsets, handle } = handler();
    world.redriver(handle);
    await world.ends(late, 'LetterResolved');
    expect(offsets()).toEqual(['2']);
  });
});

describe('a redrive that is disturbed (F-X-06)', () => {
  it('goes on after a restart, and every letter ends once', async () => {
    const world = await letterWorld();
    const letterIds: string[] = [];
    for (let offset = 0; offset < 30; offset += 1)
      letterIds.push(await world.parked(recordOf(offset, { key: null })));
    await world.commands.redriveLetters(letterIds, FAST, context);
    const first = handler();
    const running = world.redriver(first.handle);
    await vi.waitFor(() => {
      expect(first.seen.length).toBeGreaterThan(3);
    }, WAIT);
    await running.stop();
    const second = handler();
    world.redriver(second.handle);
    for (const letterId of letterIds) await world.ends(letterId, 'LetterResolved');
    expect(first.seen.length).toBeLessThan(30);
    expect([...first.offsets(), ...second.offsets()].map(Number).sort((a, b) => a - b)).toEqual(
      letterIds.map((_, index) => index),
    );
  });

  it('takes a letter again whose outcome was not recorded before the process died', async () => {
    const world = await letterWorld();
    const letterId = await world.parked(recordOf(1));
    await world.commands.redriveLetter({ letterId }, FAST, context);
    const dying = handler(() => new Promise<RecordOutcome>((_, reject) => void (die = reject)));
    let die: (error: Error) => void = () => undefined;
    const first = world.redriver(dying.handle);
    await world.ends(letterId, 'LetterRedriveStarted');
    await vi.waitFor(() => {
      expect(dying.seen).toHaveLength(1);
    }, WAIT);
    const second = handler();
    world.redriver(second.handle);
    await world.ends(letterId, 'LetterResolved');
    die(new Error('killed'));
    await first.stop();
    expect(second.seen).toEqual([{ offset: '1', edition: 0, value: 'value 1' }]);
    expect((await world.typesOf(letterId)).filter((type) => type !== 'LetterParked')).toEqual([
      ...['LetterSelected', 'LetterRedriveStarted', 'LetterResolved'],
    ]);
  });

  it('gives a letter one outcome where two redrivers take it', async () => {
    const world = await letterWorld();
    const letterIds: string[] = [];
    for (let offset = 0; offset < 10; offset += 1)
      letterIds.push(await world.parked(recordOf(offset, { key: null })));
    const both = [handler(), handler(() => POISON)];
    for (const { handle } of both) world.redriver(handle);
    await world.commands.redriveLetters(letterIds, FAST, context);
    for (const letterId of letterIds) {
      const outcomes = async () =>
        (await world.typesOf(letterId)).filter((type) => /^Letter(?:Resolved|ParkedAgain)$/.test(type));
      await vi.waitFor(async () => {
        expect(await outcomes()).toHaveLength(1);
      }, WAIT);
    }
    const taken = both.flatMap(({ seen }) => seen).length;
    expect(taken).toBeGreaterThanOrEqual(10);
  });

  it('tries again what could not be taken now, and tells of what failed', async () => {
    const world = await letterWorld();
    const letterId = await world.parked(recordOf(1));
    await world.commands.redriveLetter({ letterId }, FAST, context);
    const { seen, handle } = handler((_, times) => {
      if (times === 1) return { kind: 'again', detail: 'the log is away' };
      if (times === 2) throw new Error('a fault');
      return DONE;
    });
    const { troubles } = world.redriver(handle);
    await world.ends(letterId, 'LetterResolved');
    expect(seen).toHaveLength(3);
    expect(troubles).toMatchObject([{ message: 'a fault' }]);
  });

  it('goes on past letters that cannot be read: they hold up no other', async () => {
    const world = await letterWorld();
    const letterIds: string[] = [];
    for (let offset = 0; offset < 60; offset += 1)
      letterIds.push(await world.parked(recordOf(offset, { key: null })));
    await world.commands.redriveLetters(letterIds, FAST, context);
    const damaged = new Set(letterIds.slice(0, 30).map((letterId) => `deadletter-${letterId}`));
    const clock = manualClock();
    const { seen, handle } = handler();
    const store = damagedIn(world.store, damaged);
    const { status, troubles } = world.redriver(handle, { store, clock });
    await vi.waitFor(() => {
      expect(status().ready).toBe(59);
    }, WAIT);
    // Nothing is waited for but the pace: one letter in a millisecond.
    for (let ms = 0; ms < 60; ms += 1) {
      await clock.advance(1, () => Promise.resolve());
      await vi.waitFor(() => {
        expect(status().running).toBe(0);
      }, WAIT);
    }
    expect([seen.length, troubles.length]).toEqual([30, 30]);
    // Nor are they forgotten: they are tried again after a second.
    await clock.advance(2000, () => Promise.resolve());
    await vi.waitFor(() => {
      expect(troubles.length).toBeGreaterThan(30);
    }, WAIT);
  });

  it('parks a letter again whose content was erased', async () => {
    const world = await letterWorld();
    const letterId = await world.parked(recordOf(1));
    const { state } = await world.letters.load(`deadletter-${letterId}`);
    if (state.kind !== 'letter') throw new Error('there is a letter');
    await world.keys.destroy([state.keyId]);
    await world.commands.redriveLetter({ letterId }, FAST, context);
    const { seen, handle } = handler();
    world.redriver(handle);
    await world.ends(letterId, 'LetterParkedAgain');
    expect(seen).toEqual([]);
    expect((await world.historyOf(letterId)).at(-1)?.data).toMatchObject({
      cause: { code: 'content_erased' },
    });
  });

  it('leaves a letter of a form it does not know, and what is behind it, alone', async () => {
    const world = await letterWorld();
    const [first, second] = await sequence(world);
    const stream = `deadletter-${first}`;
    const { events } = await world.store.readStream(stream, { from: 0, direction: 'forwards', max: 1 });
    const [head] = events;
    if (head === undefined) throw new Error('there is an event');
    await world.store.append(
      stream,
      { revision: 0, hash: head.hash },
      [{ eventId: world.ids.next(), type: 'LetterSent', schemaVersion: '9.0', data: {} }],
      { ...head.metadata, commandId: world.ids.next() },
    );
    const other = await world.parked(recordOf(9, { key: null }));
    await world.commands.redriveLetter({ letterId: second }, FAST, context);
    await world.commands.redriveLetter({ letterId: other }, FAST, context);
    const { offsets, handle } = handler();
    const { troubles } = world.redriver(handle);
    await world.ends(other, 'LetterResolved');
    expect(offsets()).toEqual(['9']);
    expect(troubles).toHaveLength(1);
  });
});
