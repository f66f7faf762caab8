import { once } from 'node:events';
import type { ServerResponse } from 'node:http';
import { Readable } from 'node:stream';
import Fastify from 'fastify';
import { expect, it, onTestFinished } from 'vitest';
import { answerInTime } from '../../src/infra/http/answer-in-time.ts';
import { STREAMING } from '../../src/infra/http/lines.ts';
import { applyWait } from '../../src/infra/http/waiting.ts';
import { manualClock } from '../support/manual-clock.ts';

/** A server on a clock of its own, which has a second for each answer. */
const served = () => {
  const clock = manualClock();
  const app = Fastify();
  onTestFinished(() => app.close());
  answerInTime(app, clock, 1000);
  return { clock, app, address: () => app.listen({ host: '127.0.0.1', port: 0 }) };
};

it('holds nothing of an answer without end whose client has gone away', async () => {
  const { clock, app, address } = served();
  const begun = Promise.withResolvers<ServerResponse>();
  app.get('/lines', STREAMING, (_request, reply) => {
    begun.resolve(reply.raw);
    // Its first line only: the next one never comes.
    const lines = new Readable({ read: () => undefined });
    lines.push('{}\n');
    return reply.send(lines);
  });
  const client = new AbortController();
  const { body } = await fetch(`${await address()}/lines`, {
    signal: client.signal,
  });
  await body?.getReader().read();
  const answer = await begun.promise;
  const gone = once(answer, 'close');
  client.abort();
  await gone;
  let isGivenUp = false;
  answer.destroy = () => {
    isGivenUp = true;
    return answer;
  };
  await clock.advance(2 * STREAMING.handlerTimeout, () => Promise.resolve());
  expect(isGivenUp).toBe(false);
});

it('ends a wait in whose place an answer was given', async () => {
  const { clock, app, address } = served();
  const begun = Promise.withResolvers<AbortSignal>();
  app.get('/run', async (_request, reply) => {
    const over = applyWait(reply, 30, new AbortController().signal);
    begun.resolve(over);
    await once(over, 'abort');
    return {};
  });
  const answer = fetch(`${await address()}/run`);
  const over = await begun.promise;
  const ended = once(over, 'abort');
  await clock.advance(1000, () => Promise.resolve());
  expect(await (await answer).json()).toMatchObject({
    message: 'no answer in time; the command may still take effect',
  });
  await ended;
});
