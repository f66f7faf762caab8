import { letterStream } from '../../domain/dead-letter/aggregate.ts';
import type { EventStore, StoredEvent } from '../../infra/event-store/port.ts';
import type { Keys } from '../../infra/keys/port.ts';
import { parseLetterEvent, projectLetter } from '../../projections/dead-letters/projection.ts';
import type { LetterContent, LetterRow, LetterView } from '../../projections/dead-letters/read-model.ts';
import { eventsIn } from '../stream/events-in.ts';
import { letterContents } from './letter-content.ts';
import { historyOf } from './letter-history.ts';
import { lineDiff } from './line-diff.ts';
import { summaryOf } from './list-letters.ts';

type Deps = { readonly store: Pick<EventStore, 'readStream'>; readonly keys: Pick<Keys, 'open'> };

/** One letter with its content, its editions and what happened to it, from the log; undefined for an unknown one. */
export const getLetter =
  ({ store, keys }: Deps) =>
  async (letterId: string): Promise<LetterView | undefined> => {
    const stored = await eventsIn(store, letterStream(letterId));
    let row: LetterRow | undefined;
    for (const event of stored) row = projectLetter(row, event);
    const parked = stored.map(parseLetterEvent).find((event) => event.type === 'LetterParked');
    if (row === undefined || parked === undefined) return undefined;
    const contents = letterContents(keys, letterId);
    const { key, value, headers } = parked.data;
    const original = value === null ? null : await contents.value(value, 0);
    const editions = await editionsOf(contents, stored, original);
    return {
      ...summaryOf(row),
      key: key === null ? null : await contents.key(key),
      value: editions.at(-1)?.value ?? original,
      headers: await contents.headers(headers),
      editions,
      history: stored.map(historyOf),
    };
  };

const editionsOf = async (
  contents: ReturnType<typeof letterContents>,
  stored: readonly StoredEvent[],
  original: LetterContent | null,
): Promise<LetterView['editions']> => {
  const editions: LetterView['editions'] = [];
  for (const event of stored) {
    const parsed = parseLetterEvent(event);
    if (parsed.type !== 'LetterEdited') continue;
    const { edition, value: sealed, size, reason } = parsed.data;
    const value = await contents.value(sealed, edition);
    const { recordedAt: at, actor } = event.metadata;
    const diff = lineDiff(editions.at(-1)?.value ?? original, value);
    editions.push({ edition, at, by: actor.id, reason, size, value, diff });
  }
  return editions;
};
