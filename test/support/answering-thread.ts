// A thread for tests of `startThread`: answers with what it was asked, and with how many were asked together. Asked to
// gather, it goes on with what comes meanwhile until there is something; told that it needs more, it waits for that.
import { workerData } from 'node:worker_threads';
import { serve } from '../../src/infra/sqlite/serve.ts';

export type Question = { readonly text: string };
export type Answer = { readonly text: string; readonly together: number };

// Node types it as any; only the test starts this thread.
const { atOnce } = workerData as { readonly atOnce: number };

serve<Question, Answer>('ready', {
  atOnce,
  answer: (first, more) => {
    const questions = [...first];
    while (first.length === questions.length && first.some(({ text }) => text === 'gather'))
      questions.push(...more());
    if (first.length === 1 && first[0]?.text === 'need more') questions.push(...more(true));
    return questions.map(({ text }) => {
      if (text === 'die') throw new Error('the thread was told to die');
      return { text, together: questions.length };
    });
  },
  close: () => undefined,
});
