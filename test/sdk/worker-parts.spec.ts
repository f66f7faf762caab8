// The worker's parts at their limits, each by itself.
import { describe, expect, it } from 'vitest';
import { SkaldProblem, SkaldUnreachable } from '../../sdk/src/http/problem.ts';
import type { WorkerTask } from '../../sdk/src/generated/shapes.ts';
import { createDesk } from '../../sdk/src/worker/desk.ts';
import { failureOf } from '../../sdk/src/worker/failure.ts';
import { settingsOf } from '../../sdk/src/worker/options.ts';
import type { WorkerOptions } from '../../sdk/src/worker/options.ts';
import { perform } from '../../sdk/src/worker/perform.ts';
import { progressOf } from '../../sdk/src/worker/progress.ts';
import { register } from '../../sdk/src/worker/registration.ts';
import { checked } from '../../sdk/src/worker/standard-schema.ts';
import { atMost } from '../../sdk/src/worker/stop.ts';
import { createRequests } from '../../sdk/src/worker/stream/requests.ts';
import { gate } from '../support/sdk-world.ts';

const task = (stepName: string, given: Partial<WorkerTask> = {}): WorkerTask => ({
  ...{ flowId: 'f-1', orchName: 'tenant', stepName, action: 'DO', attempt: 1, effectId: 'e-1' },
  ...{ payload: '', results: {}, deadline: '2030-01-01T00:00:00Z', leaseUntil: '2030-01-01T00:00:00Z' },
  ...given,
});
const given = { signal: new AbortController().signal, progress: () => undefined };

describe('the desk', () => {
  it('has room again when it says so, and is idle when nothing is held any more', async () => {
    const [first, second] = [gate(), gate()];
    const free: number[] = [];
    const seen: string[] = [];
    const desk = createDesk({
      steps: { first: { do: () => first.opened }, second: { do: () => second.opened } },
      concurrency: 2,
      answer: ({ stepName }) => Promise.resolve(void seen.push(stepName)),
      ...{ leaseEnds: () => Infinity, onProgress: () => undefined },
      onFree: () => void free.push(desk.free()),
    });
    desk.take([task('first'), task('second')]);
    expect(desk.free()).toBe(0);
    const idle = desk.idle().then(() => seen.push('idle'));
    first.open();
    await new Promise((resolve) => setImmediate(resolve));
    second.open();
    await idle;
    expect(seen).toEqual(['first', 'second', 'idle']);
    expect(free).toEqual([1, 2]);
  });
});

describe('options', () => {
  const optionsWith = (more: Partial<WorkerOptions>) =>
    settingsOf({ service: 's', url: 'http://127.0.0.1:1', steps: { a: { do: () => 1 } }, ...more });
  const steps = (count: number) =>
    Object.fromEntries(Array.from({ length: count }, (_, n) => [`s${n}`, { do: () => 1 }]));

  it('reach to their limits, and not beyond', () => {
    expect(optionsWith({ concurrency: 1000 }).concurrency).toBe(1000);
    for (const concurrency of [0, 1001, 1.5])
      expect(() => optionsWith({ concurrency })).toThrow('concurrency must be 1 to 1000');
    optionsWith({ steps: steps(200) });
    expect(() => optionsWith({ steps: steps(201) })).toThrow('200 steps at most');
    for (const ms of [1, 2 ** 31 - 1]) optionsWith({ heartbeatMs: ms, lookMs: ms });
    for (const ms of [0.5, 2 ** 31]) {
      expect(() => optionsWith({ heartbeatMs: ms })).toThrow('heartbeatMs must be');
      expect(() => optionsWith({ lookMs: ms })).toThrow('lookMs must be');
    }
  });

  it('take a provider of tokens before a token', () => {
    const tokenProvider = () => 'fresh';
    expect(optionsWith({ token: 'old', tokenProvider }).token).toBe(tokenProvider);
  });
});

describe('what went wrong', () => {
  it('is cut to what Skald takes, never in the middle of a character', () => {
    const { error } = failureOf(new Error(`${'x'.repeat(8191)}😀`));
    expect(error).toBe(`${'x'.repeat(8191)}\ufffd`);
  });

  it('has a code of 1 to 80 characters, or none', () => {
    const codeOf = (code: string) => failureOf(Object.assign(new Error('no'), { code })).code;
    expect(['c', 'c'.repeat(80), 'c'.repeat(81), '', '\u0000'].map(codeOf)).toEqual([
      ...['c', 'c'.repeat(80), undefined, undefined, undefined],
    ]);
  });

  it('with an input is told with its place, where it has one', async () => {
    const schema = (path?: readonly PropertyKey[]) => ({
      '~standard': { version: 1 as const, validate: () => ({ issues: [{ message: 'is wrong', path }] }) },
    });
    expect(await checked(schema(['a', 0]), 1)).toEqual({ kind: 'flawed', detail: 'a/0: is wrong' });
    expect(await checked(schema(), 1)).toEqual({ kind: 'flawed', detail: 'is wrong' });
  });
});

describe('what a handler answers', () => {
  it('is left out where it is nothing, and of an undo always', async () => {
    const step = { do: () => undefined, undo: () => 'never sent' };
    const done = { metadata: { status: 'SUCCESS' } };
    expect(await perform(step, task('a'), given)).toEqual(done);
    expect(await perform(step, task('a', { action: 'UNDO' }), given)).toEqual(done);
  });

  it('has as many bytes as Skald takes, and no more', async () => {
    const answering = (bytes: number) => perform({ do: () => new Uint8Array(bytes) }, task('a'), given);
    expect((await answering(256 * 1024)).metadata.status).toBe('SUCCESS');
    expect((await answering(256 * 1024 + 1)).metadata.code).toBe('payload_too_large');
  });
});

it('progress may have 4,096 characters and 24 levels', () => {
  const text = 'x'.repeat(4094);
  expect(progressOf(text)).toBe(text);
  const nested = JSON.parse(`${'['.repeat(24)}1${']'.repeat(24)}`) as number[];
  expect(progressOf(nested)).toEqual(nested);
});

describe('a registration', () => {
  const registering = (ask: (times: number) => Promise<never>, signal?: AbortSignal) => {
    const troubles: unknown[] = [];
    let times = 0;
    const skald = { orchestrations: { register: () => ask((times += 1)) } };
    const deps = { service: 's', backoff: { leastMs: 0, mostMs: 1 }, signal };
    const onTrouble = (error: unknown): void => void troubles.push(error);
    // Nothing else of it is called.
    const done = register({ ...deps, onTrouble, skald: skald as never }, 'tenant', ['a']);
    return { done, troubles };
  };
  const refused = new SkaldProblem(400, { code: 'invalid_input', detail: 'no' });

  it('is tried until Skald has heard it, and each try that failed is told', async () => {
    const away = new SkaldUnreachable('away');
    const { done, troubles } = registering((times) => Promise.reject(times < 3 ? away : refused));
    await expect(done).rejects.toBe(refused);
    expect(troubles).toEqual([away, away]);
  });

  it('that is given up says who gave it up', async () => {
    const enough = new AbortController();
    const reason = new Error('enough');
    const { done } = registering(() => {
      enough.abort(reason);
      return Promise.reject(refused);
    }, enough.signal);
    await expect(done).rejects.toBe(reason);
  });
});

it('an answer of the stream counts once', () => {
  const requests = createRequests();
  let asked = '';
  void requests.ask((id) => (asked = id));
  requests.settle(asked, 'heard');
  expect(requests.refuse(asked, { code: 'invalid_input', detail: 'no' })).toBe(false);
});

it('who waits at most so long leaves no timer behind', async () => {
  const timers = () => process.getActiveResourcesInfo().filter((kind) => kind === 'Timeout').length;
  const before = timers();
  for (let times = 0; times < 20; times += 1) await atMost(60_000, Promise.resolve());
  await new Promise((resolve) => setImmediate(resolve));
  // The runner of the tests has a few of its own, which come and go.
  expect(timers()).toBeLessThan(before + 10);
});
