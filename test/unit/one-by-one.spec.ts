import { describe, expect, it } from 'vitest';
import { oneByOne, sideBySide } from '../../src/commands/one-by-one.ts';

describe('acting on one after the other', () => {
  it('is done at once where nothing has to be waited for', () => {
    const seen: string[] = [];
    expect(oneByOne(['a', 'b'], (item) => void seen.push(item))).toBeUndefined();
    expect(seen).toEqual(['a', 'b']);
  });

  it('begins with none before the one before is done, and with none behind one that failed', async () => {
    const log: string[] = [];
    const gate = Promise.withResolvers<undefined>();
    const act = (item: string) => {
      log.push(item);
      if (item === 'slow') return gate.promise;
      if (item === 'bad') return Promise.reject(new Error('no'));
      return undefined;
    };
    const all = oneByOne(['first', 'slow', 'second', 'bad', 'never'], act);
    expect(log).toEqual(['first', 'slow']);
    gate.resolve(undefined);
    await expect(all).rejects.toThrow('no');
    expect(log).toEqual(['first', 'slow', 'second', 'bad']);
  });
});

describe('acting side by side', () => {
  it('gives what is there at once, in order', () => {
    expect(sideBySide([1, 2, 3], (item) => item * 2)).toEqual([2, 4, 6]);
  });

  it('begins with all, whichever has to be waited for, and keeps their order', async () => {
    const begun: number[] = [];
    const gate = Promise.withResolvers<number>();
    const all = sideBySide([1, 2, 3, 4], (item) => {
      begun.push(item);
      return item === 2 ? gate.promise : item;
    });
    expect(begun).toEqual([1, 2, 3, 4]);
    gate.resolve(20);
    expect(await all).toEqual([1, 20, 3, 4]);
  });

  it('tells of what failed while others are under way, and leaves no other failure unheard', async () => {
    const late = Promise.withResolvers<never>();
    const all = sideBySide(['late', 'now'], (item) => {
      if (item === 'late') return late.promise;
      throw new Error('at once');
    });
    await expect(all).rejects.toThrow('at once');
    late.reject(new Error('later'));
    await expect(late.promise).rejects.toThrow('later');
  });
});
