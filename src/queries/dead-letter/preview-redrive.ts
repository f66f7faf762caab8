import { z } from 'zod';
import type { ReadStore } from '../../infra/read-store/port.ts';
import { OPEN_LETTERS } from '../../projections/dead-letters/read-model.ts';
import type { LetterRow, RedrivePreview } from '../../projections/dead-letters/read-model.ts';
import { INSTANCES } from '../../projections/instances/read-model.ts';
import { SAGAS } from '../../projections/sagas/read-model.ts';
import { among } from '../list.ts';
import { sequenceEffects } from './sequence-effects.ts';
import { findAll, selectLetters } from './select-letters.ts';
import type { Selection } from './select-letters.ts';

const AT_ONCE = 50;
const SHOWN = 100;
const SEQUENCES = 200;
const OPEN = among('state', OPEN_LETTERS);

/** What a redrive would do, before anybody asks for it: how many letters, which runs and instances, in what order. Changes nothing. */
export const previewRedrive = (store: ReadStore) => {
  const select = selectLetters(store);
  return async (selection: Selection, most: number): Promise<RedrivePreview> => {
    const { letters, unknown, isCut, position } = await select(selection, most);
    const chosen = letters.filter((letter) => whyNot(letter) === undefined);
    const why = letters.flatMap((letter) => whyNot(letter) ?? []);
    return {
      letters: chosen.length,
      isCut,
      skipped: countOf([...why, ...unknown.map(() => 'unknown_letter')]),
      topics: countOf(chosen.map(({ topic }) => topic)),
      order: await orderOf(store, chosen),
      runs: await runsOf(store, chosen),
      instances: await instancesOf(store, chosen),
      position,
    };
  };
};

/** Why a letter would stay as it is, as redriving it would say. */
const whyNot = ({ state, truncated }: LetterRow): string | undefined => {
  if (state === 'resolved' || state === 'discarded') return 'letter_closed';
  if (state !== 'parked') return 'already_selected';
  return truncated.length > 0 ? 'letter_truncated' : undefined;
};

const countOf = (names: readonly string[]): Record<string, number> => {
  const counts: Record<string, number> = {};
  for (const name of names) counts[name] = (counts[name] ?? 0) + 1;
  return counts;
};

const orderOf = async (
  store: ReadStore,
  chosen: readonly LetterRow[],
): Promise<{ following: number; heldUp: number }> => {
  const sequences = [...new Set(chosen.flatMap(({ sequence }) => sequence ?? []))];
  const ids = new Set(chosen.map(({ id }) => id));
  const effects = { following: 0, heldUp: 0 };
  for (let start = 0; start < sequences.length; start += SEQUENCES) {
    const some = sequences.slice(start, start + SEQUENCES);
    const { letters } = await findAll(store, [among('sequence', some), OPEN], Infinity);
    const { following, heldUp } = sequenceEffects(letters, ids);
    effects.following += following;
    effects.heldUp += heldUp;
  }
  return effects;
};

const runsOf = async (store: ReadStore, chosen: readonly LetterRow[]): Promise<RedrivePreview['runs']> => {
  const counts = countOf(chosen.flatMap(({ flowId }) => flowId ?? []));
  const items = await lookedUp(counts, (flowId, letters) => runOf(store, flowId, letters));
  return {
    total: items.length,
    ended: items.filter(({ ended }) => ended).length,
    unknown: items.filter(({ status }) => status === null).length,
    items: items.slice(0, SHOWN),
  };
};

const instancesOf = async (
  store: ReadStore,
  chosen: readonly LetterRow[],
): Promise<RedrivePreview['instances']> => {
  const counts = countOf(chosen.flatMap(({ instanceId }) => instanceId ?? []));
  const items = await lookedUp(counts, (instanceId, letters) => instanceOf(store, instanceId, letters));
  return {
    total: items.length,
    deleted: items.filter(({ deleted }) => deleted).length,
    unknown: items.filter(({ status }) => status === null).length,
    items: items.slice(0, SHOWN),
  };
};

/** What `look` finds of each id that was counted, some at a time. */
const lookedUp = async <Item>(
  counts: Readonly<Record<string, number>>,
  look: (id: string, letters: number) => Promise<Item>,
): Promise<Item[]> => {
  const entries = Object.entries(counts);
  const items: Item[] = [];
  for (let start = 0; start < entries.length; start += AT_ONCE) {
    const some = entries.slice(start, start + AT_ONCE);
    items.push(...(await Promise.all(some.map(([id, letters]) => look(id, letters)))));
  }
  return items;
};

const runState = z.looseObject({ status: z.string(), endedAt: z.string().nullable() });

const runOf = async (store: ReadStore, flowId: string, letters: number) => {
  const { document } = await store.get(SAGAS, flowId);
  const body = document?.body ?? null;
  if (body === null) return { flowId, status: null, ended: false, letters };
  const { status, endedAt } = runState.parse(body);
  return { flowId, status, ended: endedAt !== null, letters };
};

const instanceState = z.looseObject({ status: z.string(), deletedAt: z.string().nullable() });

const instanceOf = async (store: ReadStore, instanceId: string, letters: number) => {
  const { document } = await store.get(INSTANCES, instanceId);
  const body = document?.body ?? null;
  if (body === null) return { instanceId, status: null, deleted: false, letters };
  const { status, deletedAt } = instanceState.parse(body);
  return { instanceId, status, deleted: deletedAt !== null, letters };
};
