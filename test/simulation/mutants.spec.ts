import { readFile } from 'node:fs/promises';
import { describe, expect, it } from 'vitest';
import { mutants } from './mutants.ts';
import type { Mutant } from './mutants.ts';
import { simulate } from './simulate.ts';

const SEEDS = 4000;

const firstFound = async ({ mutation }: Mutant) => {
  for (let seed = 1; seed <= SEEDS; seed += 1) {
    const { violation } = await simulate(seed, { mutation });
    if (violation !== undefined) return { seed, violation };
  }
  return undefined;
};

describe('planted bugs', () => {
  it.each(mutants)(
    `finds $name within ${SEEDS} seeds, and nothing at that seed without it`,
    async (mutant) => {
      const found = await firstFound(mutant);
      expect(found?.violation).toMatch(mutant.foundBy);
      expect((await simulate(found?.seed ?? 0)).violation).toBeUndefined();
    },
    300_000,
  );

  it('describes each of them', async () => {
    const text = await readFile(new URL('mutants.md', import.meta.url), 'utf8');
    const described = [...text.matchAll(/^\| `([a-z-]+)` \|/gm)].map(([, name]) => name);
    expect(described).toEqual(mutants.map(({ name }) => name));
  });
});
