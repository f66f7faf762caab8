import { z } from 'zod';
import type { SkaldApi } from './api.ts';

const listed = z.object({ items: z.array(z.object({ id: z.string() })) });
const letter = z.object({
  id: z.string(),
  state: z.string(),
  code: z.string(),
  detail: z.string(),
  key: z.object({ data: z.string() }).nullable(),
  outcome: z.string().nullable(),
});
export type Letter = z.infer<typeof letter>;
const edited = z.object({
  diff: z.array(z.object({ kind: z.enum(['same', 'removed', 'added']), text: z.string() })).nullable(),
});

const MARKS = { removed: '-', added: '+' };

/** What the story needs of dead letters. */
export const letterClient = ({ get, post, found, until }: SkaldApi) => {
  const path = '/api/v1/dead-letters';
  const open = async (id: string): Promise<Letter> => letter.parse(await get(`${path}/${id}`));
  return {
    /** The letter that a record of this key became, once it has. */
    of: (topic: string, key: string): Promise<Letter> =>
      found(async () => {
        const { items } = listed.parse(await get(`${path}?state=parked&topic=${topic}`));
        const letters = await Promise.all(items.map(({ id }) => open(id)));
        return letters.find((one) => one.key?.data === key);
      }),
    /** Resolves with the lines that it changes, marked - and +. */
    edit: async ({ id }: Letter, text: string, reason: string): Promise<readonly string[]> => {
      const { diff } = edited.parse(await post(`${path}/${id}/edit`, { text, reason }));
      return (diff ?? []).flatMap(({ kind, text: lines }) =>
        kind === 'same'
          ? []
          : lines
              .trimEnd()
              .split('\n')
              .map((line) => MARKS[kind] + line),
      );
    },
    /** Has the record taken in again; resolves with the letter once that is done. */
    redrive: async ({ id }: Letter, reason: string): Promise<Letter> => {
      await post(`${path}/${id}/redrive`, { reason });
      return until(
        () => open(id),
        ({ state }) => state === 'resolved' || state === 'parked',
      );
    },
  };
};
export type LetterClient = ReturnType<typeof letterClient>;
