import { describe, expect, it } from 'vitest';
import { keyedQueue } from '../../src/commands/keyed-queue.ts';

describe('a queue by key', () => {
  it('runs tasks of one key one after the other, those of others meanwhile', async () => {
    const inTurn = keyedQueue();
    const gate = Promise.withResolvers<undefined>();
    const log: string[] = [];
    const task = (name: string, until?: Promise<undefined>) => async () => {
      log.push(`${name} begins`);
      await until;
      log.push(`${name} ends`);
      return name;
    };
    const all = [
      inTurn('a', task('first', gate.promise)),
      inTurn('a', task('second')),
      inTurn('a', task('third')),
      inTurn('b', task('other')),
    ];
    await all[3];
    expect(log).toEqual(['first begins', 'other begins', 'other ends']);
    gate.resolve(undefined);
    expect(await Promise.all(all)).toEqual(['first', 'second', 'third', 'other']);
    expect(log.slice(3)).toEqual([
      ...['first ends', 'second begins', 'second ends', 'third begins', 'third ends'],
    ]);
  });

  it('goes on behind a task that failed, and tells only who asked for it', async () => {
    const inTurn = keyedQueue();
    const failed = inTurn('a', () => Promise.reject(new Error('no')));
    const next = inTurn('a', () => Promise.resolve('done'));
    await expect(failed).rejects.toThrow('no');
    expect(await next).toBe('done');
    expect(await inTurn('a', () => Promise.resolve('later'))).toBe('later');
  });

  it('gives what is done at once without a promise, unless something is under way before it', async () => {
    const inTurn = keyedQueue();
    expect(inTurn('a', () => 'now')).toBe('now');
    const gate = Promise.withResolvers<string>();
    const first = inTurn('a', () => gate.promise);
    const log: string[] = [];
    const second = inTurn('a', () => log.push('second'));
    expect(log).toEqual([]);
    gate.resolve('first');
    expect(await Promise.all([first, second])).toEqual(['first', 1]);
    expect(inTurn('a', () => 'again')).toBe('again');
  });
});
