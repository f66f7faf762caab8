import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { SkaldProblem, SkaldUnreachable } from '../../sdk/src/http/problem.ts';
import type { Answer } from '../../sdk/src/worker/answer.ts';
import { batchesOf } from '../../sdk/src/worker/batches.ts';
import { AnswerUnused, createOutbox } from '../../sdk/src/worker/outbox.ts';
import type { OutboxDeps } from '../../sdk/src/worker/outbox.ts';

type Outcome = Awaited<ReturnType<OutboxDeps['send']>>[number]['outcome'];

const answerOf = (stepName: string): Answer => ({
  ...{ flowId: 'f', orchName: 'o', stepName, action: 'DO', attempt: 1 },
  metadata: { status: 'SUCCESS' },
});
const all = (outcome: Outcome) => (answers: readonly Answer[]) =>
  Promise.resolve(answers.map(({ flowId, stepName }) => ({ flowId, stepName, outcome })));

const outboxWith = (...replies: readonly OutboxDeps['send'][]) => {
  const sent: string[][] = [];
  const troubles: unknown[] = [];
  const giveUp = new AbortController();
  const put = createOutbox({
    send: (answers) => {
      const reply = replies[Math.min(sent.length, replies.length - 1)] ?? all('accepted');
      sent.push(answers.map(({ stepName }) => stepName));
      return reply(answers);
    },
    onTrouble: (error) => void troubles.push(error),
    signal: giveUp.signal,
  });
  return { sent, troubles, giveUp, put: (...names: string[]) => Promise.all(names.map(answerOf).map(put)) };
};

/** A failure, each of whose characters is an escape. */
const escaped = { status: 'FAILED', error: '\u0001'.repeat(8192) } as const;

const lost = () => Promise.reject(new SkaldUnreachable('cut'));

describe('the outbox of a worker', () => {
  it('sends the answers of one turn together', async () => {
    const { put, sent } = outboxWith(all('accepted'));
    await put('a', 'b', 'c');
    await put('d');
    expect(sent).toEqual([['a', 'b', 'c'], ['d']]);
  });

  it('sends again what may not have arrived, and what could not be taken', async () => {
    const some: OutboxDeps['send'] = async (answers) => {
      const [first, ...rest] = await all('accepted')(answers);
      if (first === undefined) return rest;
      return [{ ...first, outcome: 'unavailable' }, ...rest];
    };
    const { put, sent, troubles } = outboxWith(lost, some, all('duplicate'));
    await put('a', 'b');
    expect(sent).toEqual([['a', 'b'], ['a', 'b'], ['a']]);
    expect(troubles).toEqual([]);
  });

  it('lets one that is refused take no other with it', async () => {
    const refused = new SkaldProblem(400, { code: 'invalid_input', detail: 'no' });
    const picky: OutboxDeps['send'] = (answers) =>
      answers.some(({ stepName }) => stepName === 'bad') ? Promise.reject(refused) : all('accepted')(answers);
    const { put, sent, troubles } = outboxWith(picky);
    await put('good', 'bad', 'better');
    expect(sent).toEqual([['good', 'bad', 'better'], ['good'], ['bad'], ['better']]);
    expect(troubles).toEqual([refused]);
  });

  it('says which answers were of no use', async () => {
    const { put, troubles } = outboxWith(all('late'));
    await put('a');
    expect(troubles).toEqual([expect.any(AnswerUnused)]);
  });

  it('says so where the run, or the attempt, is not known', async () => {
    const { put, troubles } = outboxWith(all('unknown_run'));
    await put('a');
    expect(troubles.map(String)).toEqual([expect.stringContaining('was not used: unknown_run')]);
  });

  it('sends again what the answer says nothing of', async () => {
    const short: OutboxDeps['send'] = async (answers) => (await all('accepted')(answers)).slice(0, 1);
    const { put, sent } = outboxWith(short);
    await put('a', 'b');
    expect(sent).toEqual([['a', 'b'], ['b']]);
  });

  it.each([
    ['payloads', { payload: 'A'.repeat(350_000) }, [2, 2, 1]],
    ['errors, however they are escaped', { metadata: escaped }, [18, 2]],
  ])('never puts more together than Skald takes at once: %s', async (_what, more, frames) => {
    const sizes: number[] = [];
    const put = createOutbox({
      send: (answers) => {
        sizes.push(answers.length);
        return all('accepted')(answers);
      },
      onTrouble: (error) => expect.fail(String(error)),
      signal: new AbortController().signal,
    });
    const count = frames.reduce((sum, one) => sum + one, 0);
    const names = Array.from({ length: count }, (_, n) => `s${n}`);
    await Promise.all(names.map((name) => put({ ...answerOf(name), ...more })));
    expect(sizes).toEqual(frames);
  });

  it('gives up when it is told to', async () => {
    const { put, giveUp, sent } = outboxWith(lost);
    const given = put('a');
    giveUp.abort();
    await given;
    expect(sent.length).toBeLessThan(2);
  });
});

describe('batches', () => {
  it('hold everything once, in order, and never more than Skald takes at once', () => {
    const sizes = fc.array(fc.record({ item: fc.nat(), bytes: fc.integer({ min: 1, max: 400_000 }) }));
    fc.assert(
      fc.property(sizes, (items) => {
        const batches = batchesOf(items);
        expect(batches.flat()).toEqual(items.map(({ item }) => item));
        let next = 0;
        for (const batch of batches) {
          const part = items.slice(next, (next += batch.length));
          expect(part.reduce((sum, { bytes }) => sum + bytes, 0)).toBeLessThanOrEqual(900 * 1024);
          expect(batch.length).toBeLessThanOrEqual(500);
        }
      }),
    );
  });

  it('hold at most 500', () => {
    const items = Array.from({ length: 1001 }, (_, item) => ({ item, bytes: 1 }));
    expect(batchesOf(items).map((batch) => batch.length)).toEqual([500, 500, 1]);
  });
});
