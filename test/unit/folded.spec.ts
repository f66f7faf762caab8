import { describe, expect, it } from 'vitest';
import { emptyFold, foldOn, writtenBy } from '../../src/commands/folded.ts';
import type { Aggregate } from '../../src/domain/aggregate.ts';
import type { StoredEvent } from '../../src/infra/event-store/port.ts';

type Said = { readonly type: 'Said'; readonly data: { readonly word: string } };

/** Its state is what was said. */
const words: Aggregate<never, readonly string[], Said, never> = {
  category: 'words',
  schemaVersion: '1.0',
  parse: ({ data }) => ({ type: 'Said', data: data as Said['data'] }),
  decider: {
    initial: [],
    decide: () => ({ kind: 'accepted', events: [] }),
    evolve: (state, { data }) => [...state, data.word],
  },
};

const said = (revision: number, commandId: string): StoredEvent => ({
  stream: 'words-1',
  revision,
  position: String(revision),
  eventId: `event ${revision}`,
  type: 'Said',
  data: { word: `word ${revision}` },
  metadata: {
    ...{ commandId, causationId: commandId, correlationId: commandId },
    actor: { kind: 'system', id: 'test', source: 'test' },
    ...{ schemaVersion: '1.0', recordedAt: '2026-01-01T00:00:00.000Z' },
  },
  hash: `hash ${revision}`,
});

const empty = () => emptyFold(words.decider.initial);

describe('a folded stream', () => {
  it('ends where its last event is, and says what its first one said of the whole', () => {
    const folded = foldOn(words, empty(), [said(0, 'one'), said(1, 'one'), said(2, 'two')]);
    expect(folded).toMatchObject({
      state: ['word 0', 'word 1', 'word 2'],
      head: { revision: 2, hash: 'hash 2' },
      position: '2',
      headEventId: 'event 2',
      origin: { commandId: 'one' },
    });
    expect(foldOn(words, folded, [said(3, 'three')])).toMatchObject({
      origin: { commandId: 'one' },
      headEventId: 'event 3',
    });
  });

  it('knows the commands it has seen, and none that came later', () => {
    const before = foldOn(words, empty(), [said(0, 'one'), said(1, 'one')]);
    const after = foldOn(words, before, [said(2, 'two'), said(3, 'two')]);
    expect(writtenBy(after, 'one')).toEqual({ first: 0, last: 1 });
    expect(writtenBy(after, 'two')).toEqual({ first: 2, last: 3 });
    expect(writtenBy(before, 'one')).toEqual({ first: 0, last: 1 });
    expect(writtenBy(before, 'two')).toBeUndefined();
  });

  it('knows all that a command wrote, though two went on from the same fold one after the other', () => {
    const before = foldOn(words, empty(), [said(0, 'one')]);
    const all = [said(1, 'two'), said(2, 'two')];
    const farther = foldOn(words, before, all);
    const shorter = foldOn(words, before, all.slice(0, 1));
    expect(writtenBy(farther, 'two')).toEqual({ first: 1, last: 2 });
    expect(writtenBy(shorter, 'two')).toEqual({ first: 1, last: 2 });
  });

  it('takes what was decided for what was stored where that is the very same, else reads it', () => {
    const [event] = [said(0, 'one')];
    const decided = { type: 'Said', data: { word: 'of this call' } } as const;
    expect(foldOn(words, empty(), [event], { events: [decided] }).state).toEqual(['word 0']);
    const kept = [{ ...event, data: decided.data }];
    expect(foldOn(words, empty(), kept, { events: [decided] }).state).toEqual(['of this call']);
  });

  it('takes the state that was decided only where all of it was stored as it was decided', () => {
    const decided = [said(0, 'one'), said(1, 'one')].map(({ data }) => ({ type: 'Said', data }) as Said);
    const kept = decided.map(({ data }, revision) => ({ ...said(revision, 'one'), data }));
    const other = { ...said(1, 'one'), data: { word: 'another' } };
    const state = ['as decided'];
    const after = (stored: readonly StoredEvent[]) =>
      foldOn(words, empty(), stored, { events: decided, state }).state;
    expect(after(kept)).toBe(state);
    expect(after([...kept.slice(0, 1), other])).toEqual(['word 0', 'another']);
    expect(after(kept.slice(0, 1))).toEqual(['word 0']);
  });

  it('is not folded over a gap', () => {
    expect(() => foldOn(words, empty(), [said(0, 'one'), said(2, 'two')])).toThrow('expected revision 1');
  });
});
