import { setImmediate as nextTurn } from 'node:timers/promises';
import { describe, expect, it, vi } from 'vitest';
import { z } from 'zod';
import type { CallContext } from '../../../src/commands/context.ts';
import { accessOf, answerTo, codec, onTask, workerSession } from '../../support/worker-sessions.ts';

const WAIT = { timeout: 5000, interval: 2 };
const POSITION = '7'.padStart(20, '0') + '0'.repeat(20);

describe('answers', () => {
  it('are replied to one by one, under the id of the message, with cursors', async () => {
    const contexts: CallContext[] = [];
    const { hello, send, until, ofType } = workerSession({
      entry: { access: accessOf('billing', 'billing') },
      handlers: {
        answerTasks: (answers, context) => {
          contexts.push(context);
          return Promise.resolve(
            answers.map(({ flowId, stepName }, index) => ({
              ...{ flowId, stepName, outcome: index === 0 ? 'accepted' : 'late' },
              ...(index === 0 ? { position: POSITION } : {}),
            })),
          );
        },
      },
    });
    hello(0);
    send({ type: 'answers', id: 'a.1', answers: [answerTo(1), answerTo(2)] });
    send({ type: 'answers', answers: [answerTo(3)] });
    await until('answered', 2);
    const { flowId, stepName } = onTask(1);
    expect(ofType('answered')[0]).toEqual({
      type: 'answered',
      id: 'a.1',
      answers: [
        { flowId, stepName, outcome: 'accepted', position: codec.encode(POSITION) },
        { flowId: onTask(2).flowId, stepName, outcome: 'late' },
      ],
    });
    expect(ofType('answered')[1]).not.toHaveProperty('id');
    const actor = { kind: 'service', id: 'billing', source: 'http' };
    expect(contexts).toEqual([
      { actor, service: 'billing' },
      { actor, service: 'billing' },
    ]);
  });

  it('that cannot be recorded are refused under their id', async () => {
    const away = new Error('away');
    const { hello, send, until, frames, failures, closes } = workerSession({
      handlers: { answerTasks: () => Promise.reject(away) },
    });
    hello(0);
    send({ type: 'answers', id: 'x', answers: [answerTo(1)] });
    await until('error');
    expect(frames.at(-1)).toEqual({ type: 'error', id: 'x', code: 'store_unavailable', detail: 'not now' });
    expect(failures).toEqual([away]);
    expect(closes).toEqual([]);
  });

  it('are refused in few words, however long the name that is wrong in them', () => {
    const { hello, send, frames } = workerSession();
    hello(0);
    send({ type: 'answers', id: 'x', answers: [{ ...answerTo(1), ['😀'.repeat(1000)]: 1 }] });
    const { detail } = z.object({ detail: z.string() }).parse(frames.at(-1));
    expect(detail).toMatch(/^answers\/0: Unrecognized key: "😀/u);
    expect(detail.length).toBeLessThanOrEqual(300);
    expect(detail.isWellFormed()).toBe(true);
    expect(JSON.stringify(frames.at(-1)).length).toBeLessThan(1000);
  });

  it('are refused with all that is wrong in them, place by place, the first 20', () => {
    const { hello, send, frames } = workerSession();
    hello(0);
    const broken = { ...answerTo(1), attempt: 0, fast: true };
    send({ type: 'answers', id: 'x', answers: [answerTo(1), broken] });
    const at = (pointer: string) => expect.objectContaining({ in: 'body', pointer }) as unknown;
    expect(frames.at(-1)).toMatchObject({ errors: [at('/answers/1/attempt'), at('/answers/1/fast')] });
    send({ type: 'answers', id: 'y', answers: Array.from({ length: 100 }, () => broken) });
    const { errors } = z.object({ errors: z.array(z.unknown()) }).parse(frames.at(-1));
    expect(errors).toHaveLength(20);
  });

  it('that are malformed are refused under their id, however often', () => {
    const { hello, send, frames, closes } = workerSession();
    hello(0);
    for (let turn = 0; turn < 5; turn += 1) send({ type: 'answers', id: 'x', answers: [{ flowId: 'no' }] });
    send({ type: 'heartbeats', id: 'y', beats: [] });
    expect(frames.slice(1)).toEqual([
      ...Array.from(
        { length: 5 },
        () => expect.objectContaining({ id: 'x', code: 'invalid_input' }) as unknown,
      ),
      expect.objectContaining({ id: 'y', code: 'invalid_input' }),
    ]);
    expect(closes).toEqual([]);
  });
});

describe('heartbeats', () => {
  it('extend leases and are replied to, as the service that the connection may act as', async () => {
    const services: unknown[] = [];
    const session = workerSession({
      entry: { access: accessOf('billing', 'billing') },
      handlers: {
        heartbeatTasks: (beats, service) => {
          services.push(service);
          return session.core.handlers.heartbeatTasks(beats);
        },
      },
    });
    session.hello(0);
    session.send({ type: 'heartbeats', id: 'h', beats: [{ ...onTask(1), progress: { done: 3 } }] });
    await session.until('heard');
    expect(session.frames.at(-1)).toMatchObject({ type: 'heard', id: 'h', beats: [{ outcome: 'extended' }] });
    expect(services).toEqual(['billing']);
  });
});

describe('a worker that sends faster than it can be recorded', () => {
  it('is not read from above 2 MiB, until less is under way', async () => {
    const waiting: (() => void)[] = [];
    const { hello, send, way, ofType } = workerSession({
      handlers: {
        answerTasks: () => new Promise((resolve) => void waiting.push(() => resolve([]))),
      },
    });
    hello(0);
    send({ type: 'answers', answers: [answerTo(1)] }, 1024 * 1024);
    expect(way.isListening).toBe(true);
    send({ type: 'answers', answers: [answerTo(2)] }, 1024 * 1024);
    expect(way.isListening).toBe(false);
    waiting[0]?.();
    await vi.waitFor(() => expect(way.isListening).toBe(true), WAIT);
    expect(ofType('answered')).toHaveLength(1);
  });

  it('is not read from while it does not read its replies', async () => {
    const { hello, send, way, session, until } = workerSession();
    hello(0);
    way.isFull = true;
    send({ type: 'answers', answers: [answerTo(1)] });
    await until('answered');
    await nextTurn();
    expect(way.isListening).toBe(false);
    way.isFull = false;
    session.drained();
    expect(way.isListening).toBe(true);
  });

  it.each([['before its hello'], ['after it']])(
    'is not read from while it does not read refusals, %s',
    (when) => {
      const { hello, send, way, session } = workerSession();
      if (when === 'after it') hello(0);
      way.isFull = true;
      send({ type: 'answers', id: 'x', answers: [] });
      expect(way.isListening).toBe(false);
      way.isFull = false;
      session.drained();
      expect(way.isListening).toBe(true);
    },
  );

  it('is read from to its end once it is closed', () => {
    const { send, way, session } = workerSession();
    way.isFull = true;
    session.end('policy');
    send({ type: 'answers', id: 'x', answers: [] });
    expect(way.isListening).toBe(true);
  });
});

describe('what a worker may not do', () => {
  it.each([
    ['an unknown type', { type: 'subscribe', id: 'a' }, 'unknown_message'],
    ['text', 'hello', 'invalid_input'],
    ['too much credit', { type: 'credit', credit: 1001 }, 'invalid_input'],
    ['no credit', { type: 'credit', credit: 0 }, 'invalid_input'],
    ['a second hello', { type: 'hello', service: 'billing', credit: 1 }, 'unexpected_message'],
    ['answers without an id that are malformed', { type: 'answers', answers: [] }, 'invalid_input'],
    ['an id with quotes', { type: 'answers', id: '"', answers: [answerTo(1)] }, 'invalid_input'],
    [
      'more than 500 answers',
      { type: 'answers', answers: Array.from({ length: 501 }, (_, n) => answerTo(n)) },
      'invalid_input',
    ],
  ])('closes after three messages with %s', (_what, frame, code) => {
    const { hello, send, ofType, closes } = workerSession();
    hello(0);
    send(frame);
    send(frame);
    expect(closes).toEqual([]);
    send(frame);
    expect(ofType('error').map((error) => error.code)).toEqual([code, code, code]);
    expect(closes).toEqual(['policy']);
  });

  it.each([
    ['too much credit', { credit: 1001 }],
    ['a service that cannot be one', { credit: 1, service: '9' }],
    ['an unknown field', { credit: 1, fast: true }],
    ['no credit', {}],
    ['steps of which there are none', { credit: 1, steps: [] }],
  ])('is a hello with %s', (_what, more) => {
    const { send, frames } = workerSession();
    send({ type: 'hello', service: 'billing', ...more });
    expect(frames).toMatchObject([{ type: 'error', code: 'invalid_input' }]);
  });

  it('is anything before hello', () => {
    const { send, frames } = workerSession();
    send({ type: 'credit', credit: 1 });
    send({ type: 'drain' });
    expect(frames).toMatchObject([{ code: 'unexpected_message' }, { code: 'unexpected_message' }]);
  });

  it.each([
    [{ type: 'answers', id: 'a', answers: [answerTo(1)] }],
    [{ type: 'heartbeats', id: 'a', beats: [onTask(1)] }],
  ])('is to send %o before hello: it is refused under its id', (frame) => {
    const { send, frames } = workerSession();
    send(frame);
    expect(frames).toMatchObject([{ type: 'error', id: 'a', code: 'unexpected_message' }]);
  });

  it('is to send more than 20,000 messages a second', () => {
    const { session, closes } = workerSession();
    for (let turn = 0; turn < 20_000; turn += 1) session.receive({ kind: 'ping', bytes: 0 });
    expect(closes).toEqual([]);
    session.receive({ kind: 'ping', bytes: 0 });
    expect(closes).toEqual(['flood']);
  });

  it('is to work as another service than it is', () => {
    const { hello, frames, closes, core } = workerSession({
      entry: { access: accessOf('orders', 'orders') },
    });
    hello(10);
    expect(frames).toMatchObject([{ type: 'error', code: 'forbidden' }]);
    expect(closes).toEqual(['forbidden']);
    expect(core.asked).toEqual([]);
  });

  it('is to go on with a token that allows less', async () => {
    const admit = () => Promise.resolve(accessOf('admin', 'admin'));
    const { hello, send, closes, until } = workerSession({ entry: { access: accessOf('admin'), admit } });
    hello(1);
    send({ type: 'auth', token: 'narrower' });
    await until('error');
    expect(closes).toEqual(['forbidden']);
  });

  it('is to work before its first token', async () => {
    const { hello, send, frames, until } = workerSession({
      entry: { admit: () => Promise.resolve(accessOf('billing', 'billing')) },
    });
    hello(1);
    expect(frames).toMatchObject([{ type: 'error', code: 'unauthenticated' }]);
    send({ type: 'auth', token: 'good' });
    await until('authenticated');
    hello(1);
    await until('welcome');
  });
});
