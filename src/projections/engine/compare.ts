import type { Position } from '../../infra/event-store/port.ts';
import type { Comparison, Difference } from '../../infra/projector/port.ts';
import type { ReadStore, Slot, StoredDocument } from '../../infra/read-store/port.ts';
import { collectionDigest, differingFields, documentText } from './document-hash.ts';

export type Comparing = {
  /** Compares the next documents by id; true once all are compared. */
  readonly step: () => Promise<boolean>;
  readonly result: (position: Position) => Comparison;
};

const AT_ONCE = 1000;
const NAMED = 100;

/**
 * Compares two generations a piece at a time. Both must have folded the same events whenever `step` is called,
 * and may go on between two steps: what was equal stays equal under the same events.
 */
export const comparing = (store: ReadStore, live: Slot, rebuilt: Slot): Comparing => {
  const digests = { live: collectionDigest(), rebuilt: collectionDigest() };
  const differences: Difference[] = [];
  const seen = { documents: 0, differing: 0 };
  let after: string | null = null;
  const compare = ({ id, a, b }: Pair): void => {
    const [one, other] = [a && documentText(a), b && documentText(b)];
    if (one !== undefined) digests.live.add(id, one);
    if (other !== undefined) digests.rebuilt.add(id, other);
    seen.documents += 1;
    if (one === other) return;
    seen.differing += 1;
    if (differences.length < NAMED) differences.push(difference({ id, a, b }));
  };
  return {
    step: async () => {
      const [ours, theirs] = await Promise.all(
        [live, rebuilt].map((slot) => store.scan(slot, after, AT_ONCE)),
      );
      const { pairs, until } = paired(ours ?? [], theirs ?? []);
      pairs.forEach(compare);
      after = until;
      return until === null;
    },
    result: (position) => ({
      isEqual: seen.differing === 0,
      ...seen,
      differences,
      digests: { live: digests.live.text(), rebuilt: digests.rebuilt.text() },
      position,
    }),
  };
};

type Pair = {
  readonly id: string;
  readonly a: StoredDocument | undefined;
  readonly b: StoredDocument | undefined;
};

/** Documents of two pieces by id, up to where both pieces are known; null: both ended. */
const paired = (ours: readonly StoredDocument[], theirs: readonly StoredDocument[]) => {
  const until = first(endOf(ours), endOf(theirs));
  const pairs = new Map<string, Pair>();
  for (const a of upTo(ours, until)) pairs.set(a.id, { id: a.id, a, b: undefined });
  for (const b of upTo(theirs, until)) pairs.set(b.id, { id: b.id, a: pairs.get(b.id)?.a, b });
  return { pairs: [...pairs.values()], until };
};

/** Where a full piece ends: there may be more behind it. */
const endOf = (piece: readonly StoredDocument[]): string | null =>
  piece.length < AT_ONCE ? null : (piece.at(-1)?.id ?? null);

const first = (a: string | null, b: string | null): string | null => {
  if (a === null || b === null) return a ?? b;
  return isAfter(a, b) ? b : a;
};

const upTo = (piece: readonly StoredDocument[], until: string | null): readonly StoredDocument[] =>
  until === null ? piece : piece.filter(({ id }) => !isAfter(id, until));

// The order of engines is that of the bytes; JavaScript's own differs for characters beyond 16 bits.
const isAfter = (a: string, b: string): boolean => Buffer.compare(Buffer.from(a), Buffer.from(b)) > 0;

const difference = ({ id, a, b }: Pair): Difference => {
  if (a === undefined) return { id, kind: 'only-rebuilt' };
  if (b === undefined) return { id, kind: 'only-live' };
  return { id, kind: 'changed', fields: differingFields(a, b) };
};
