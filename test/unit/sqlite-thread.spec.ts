import { describe, expect, it } from 'vitest';
import { startThread } from '../../src/infra/sqlite/thread.ts';
import type { Answer, Question } from '../support/answering-thread.ts';

const SCRIPT = new URL('../support/answering-thread.ts', import.meta.url);

const started = (atOnce = Number.MAX_SAFE_INTEGER) =>
  startThread<Question, Answer, string>(SCRIPT, { atOnce });

const questions = (count: number): readonly Question[] =>
  Array.from({ length: count }, (_, index) => ({ text: String(index) }));

describe('a thread of ours', () => {
  it('says hello, answers in order, and ends when it is stopped', async () => {
    const thread = await started();
    expect(thread.hello).toBe('ready');
    const asked = questions(100);
    const answers = await Promise.all(asked.map((question) => thread.call(question)));
    expect(answers.map(({ text }) => text)).toEqual(asked.map(({ text }) => text));
    await thread.stop();
    await expect(thread.call({ text: 'too late' })).rejects.toThrow('ended');
  });

  it('wakes for each call, also where it has slept many times', async () => {
    const thread = await started();
    for (const question of questions(2500))
      expect(await thread.call(question)).toEqual({ ...question, together: 1 });
    await thread.stop();
  });

  it('takes no more at once than it may', async () => {
    const thread = await started(3);
    const answers = await Promise.all(questions(50).map((question) => thread.call(question)));
    expect(Math.max(...answers.map(({ together }) => together))).toBeLessThanOrEqual(3);
    await thread.stop();
  });

  it('may take what comes while it is at work, and is stopped behind that', async () => {
    const thread = await started(1);
    const asked = ['gather', '1', '2'].map((text) => thread.call({ text }));
    await thread.stop();
    expect(await Promise.all(asked)).toEqual([
      { text: 'gather', together: 2 },
      { text: '1', together: 2 },
      { text: '2', together: 1 },
    ]);
  });

  it('sleeps until more comes where it needs that, or until it is stopped', async () => {
    const thread = await started();
    const first = thread.call({ text: 'need more' });
    await new Promise((resolve) => void setImmediate(resolve));
    const second = thread.call({ text: '1' });
    expect(await Promise.all([first, second])).toEqual([
      { text: 'need more', together: 2 },
      { text: '1', together: 2 },
    ]);
    const alone = thread.call({ text: 'need more' });
    await thread.stop();
    expect(await alone).toEqual({ text: 'need more', together: 1 });
  });

  it('answers what it was asked before it was stopped', async () => {
    const thread = await started();
    const asked = questions(10).map((question) => thread.call(question));
    await thread.stop();
    expect(await Promise.all(asked)).toHaveLength(10);
  });

  it('rejects a call that cannot cross, and gives every other one its own answer', async () => {
    const thread = await started();
    const uncloneable = { text: '2', why: () => 'functions do not cross' };
    const [one, two] = [thread.call({ text: '1' }), thread.call(uncloneable)];
    await expect(two).rejects.toThrow('could not be cloned');
    expect(await one).toMatchObject({ text: '1' });
    expect(await thread.call({ text: '4' })).toMatchObject({ text: '4' });
    await thread.stop();
  });

  it('rejects what it did not answer when it dies, and tells its owner once', async () => {
    const thread = await started(1);
    const failures: string[] = [];
    thread.onFailure(({ message }) => failures.push(message));
    const results = await Promise.allSettled(['a', 'die', 'b'].map((text) => thread.call({ text })));
    expect(results.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'rejected']);
    expect(failures).toEqual(['the thread was told to die']);
    await thread.stop();
  });
});
