import { isDeepStrictEqual } from 'node:util';
import { z } from 'zod';
import { pointerOf } from '../../domain/json-pointer.ts';

/** One change between two states of a resource: where (JSON Pointer), what stood there, what stands there. */
export const change = z.strictObject({
  op: z.enum(['add', 'remove', 'replace']),
  path: z
    .string()
    .meta({ description: 'JSON Pointer (RFC 6901) into the resource; empty for the whole of it.' }),
  before: z.unknown().optional(),
  after: z.unknown().optional(),
});
export type Change = Readonly<z.infer<typeof change>>;

/**
 * What makes one state of a resource another one, as RFC 6902 tells it, with what stood there before: done one after
 * the other. Elements of lists are told apart by their place. A state is undefined where the resource was not there yet.
 */
export const changesBetween = (before: unknown, after: unknown): readonly Change[] =>
  between('', plain(before), plain(after));

/** As it is sent: members that are undefined are not there. */
const plain = (value: unknown): unknown => (value === undefined ? value : JSON.parse(JSON.stringify(value)));

const between = (path: string, before: unknown, after: unknown): readonly Change[] => {
  if (before === undefined) return after === undefined ? [] : [{ op: 'add', path, after }];
  if (after === undefined) return [{ op: 'remove', path, before }];
  const members = bothMembers(before, after);
  if (members === undefined)
    return isDeepStrictEqual(before, after) ? [] : [{ op: 'replace', path, before, after }];
  const [old, now] = members;
  return namesIn(old, now).flatMap((name) => between(path + pointerOf([name]), old.get(name), now.get(name)));
};

/** Those that go come last, the last one first: no place in a list moves before it is named. */
const namesIn = (old: Members, now: Members): readonly string[] => {
  const gone = [...old.keys()].filter((name) => !now.has(name));
  return [...now.keys(), ...gone.toReversed()];
};

type Members = ReadonlyMap<string, unknown>;

/** Undefined unless both are lists, or both are objects. */
const bothMembers = (before: unknown, after: unknown): readonly [Members, Members] | undefined => {
  const [old, now] = [membersOf(before), membersOf(after)];
  const isSameKind = Array.isArray(before) === Array.isArray(after);
  return old === undefined || now === undefined || !isSameKind ? undefined : [old, now];
};

const membersOf = (value: unknown): Members | undefined =>
  typeof value === 'object' && value !== null ? new Map(Object.entries(value)) : undefined;
