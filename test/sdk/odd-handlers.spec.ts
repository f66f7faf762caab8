// What handlers may throw, answer and say, without harm to the worker and to the other tasks it holds.
import { runInNewContext } from 'node:vm';
import { describe, expect, it, vi } from 'vitest';
import type { Json, WorkerTask } from '../../sdk/src/generated/shapes.ts';
import { createHeart } from '../../sdk/src/worker/heart.ts';
import { NonRetryable } from '../../sdk/src/worker/failure.ts';
import { settingsOf } from '../../sdk/src/worker/options.ts';
import { perform } from '../../sdk/src/worker/perform.ts';
import { progressOf } from '../../sdk/src/worker/progress.ts';
import { SkaldUnreachable } from '../../sdk/src/http/problem.ts';
import { parseStrictJson } from '../../src/infra/strict-input/strict-json.ts';

/** As Skald reads it. */
const strictly = (value: unknown) => parseStrictJson(new TextEncoder().encode(JSON.stringify(value)));

const task: WorkerTask = {
  ...{ flowId: 'f-1', orchName: 'tenant', stepName: 'work', action: 'DO', attempt: 1, effectId: 'e-1' },
  ...{ payload: '', results: {}, deadline: '2030-01-01T00:00:00Z', leaseUntil: '2030-01-01T00:00:00Z' },
};
const given = { signal: new AbortController().signal, progress: () => undefined };
const answering = (work: () => unknown) => perform({ do: work }, task, given);
const throwing = async (thrown: unknown) =>
  (
    await answering(() => {
      throw thrown;
    })
  ).metadata;
const withMember = (name: string, member: PropertyDescriptor) =>
  Object.defineProperty(new Error('broken'), name, member);
const fails = { get: () => expect.fail('a getter that throws') };

describe('a handler that throws', () => {
  it('fails its attempt, whatever it throws', async () => {
    const revoked = Proxy.revocable({}, {});
    revoked.revoke();
    const unheard: unknown[] = [Object.create(null), { toString: fails.get }, revoked.proxy];
    for (const thrown of unheard)
      expect(await throwing(thrown)).toMatchObject({ status: 'FAILED', retryable: true });
    expect(await throwing(withMember('message', { value: undefined }))).toMatchObject({ error: 'Error' });
    expect(await throwing(withMember('message', { value: { no: 'text' } }))).toMatchObject({
      status: 'FAILED',
    });
    expect(await throwing(withMember('message', fails))).toMatchObject({ status: 'FAILED' });
    expect(await throwing(withMember('code', fails))).toMatchObject({ error: 'broken' });
    for (const thrown of ['text', undefined, null, 7n, Symbol('s')])
      expect(await throwing(thrown)).toMatchObject({ error: String(thrown), retryable: true });
  });

  it('tells the message and the code of what is no error of this realm', async () => {
    const foreign: unknown = runInNewContext(`Object.assign(new Error('elsewhere'), { code: 'E_FAR' })`);
    expect(await throwing(foreign)).toMatchObject({ error: 'elsewhere', code: 'E_FAR' });
    expect(await throwing({ message: 'plain', code: '23505' })).toMatchObject({
      ...{ error: 'plain', code: '23505' },
    });
  });

  it('tells nothing that Skald would refuse, and with it all that travels along', async () => {
    const said = await throwing(new NonRetryable('half \ud800, none \u0000', { code: 'c-\ud800\u0000' }));
    expect(said).toEqual({
      status: 'FAILED',
      error: 'half \ufffd, none ',
      code: 'c-\ufffd',
      retryable: false,
    });
    expect(strictly(said)).toMatchObject({ kind: 'ok' });
  });
});

describe('what a handler answers', () => {
  it('is its bytes where it is an ArrayBuffer', async () => {
    const { payload } = await answering(() => new TextEncoder().encode('bytes').buffer);
    expect(payload).toBe(Buffer.from('bytes').toString('base64'));
  });

  it('fails the step for good where it can never be sent: the work is not done again', async () => {
    const circular: unknown[] = [];
    circular.push(circular);
    for (const answer of [7n, { rows: [1n] }, circular, { toJSON: fails.get }]) {
      const { metadata } = await answering(() => answer);
      expect(metadata).toMatchObject({ status: 'FAILED', code: 'payload_not_json', retryable: false });
      expect(metadata.error).toMatch(/^the answer cannot be sent as JSON: ./);
    }
  });
});

const nested = (levels: number): Json => (levels === 0 ? 1 : [nested(levels - 1)]);

describe('progress', () => {
  it('is taken as it is when it is said', () => {
    const said = { rows: [1] };
    const kept = progressOf(said);
    said.rows.push(2);
    expect(kept).toEqual({ rows: [1] });
  });

  it('holds nothing that Skald would refuse', () => {
    const whole = progressOf({ 'a\ud800': 'b\udc00\u0000', path: 'c:\\ud800', face: '😀' });
    expect(whole).toEqual({ 'a\ufffd': 'b\ufffd', path: 'c:\\ud800', face: '😀' });
    const beats = { type: 'heartbeats', beats: [{ progress: [whole, nested(23)] }] };
    expect(strictly(beats)).toMatchObject({ kind: 'ok' });
  });

  it('is refused where it cannot be told', () => {
    for (const said of [2 ** 60, { at: -1e300 }, nested(25), 'x'.repeat(4095)])
      expect(() => progressOf(said)).toThrow(RangeError);
    expect(() => progressOf(undefined as never)).toThrow('progress must be JSON');
    for (const text of ['{"__proto__":1}', '[{"a":{"__proto__":{}}}]', '{"constructor":{"prototype":1}}']) {
      expect(parseStrictJson(new TextEncoder().encode(text))).toMatchObject({ kind: 'flawed' });
      expect(() => progressOf(JSON.parse(text) as Json)).toThrow('progress cannot have a member');
    }
    expect(progressOf({ constructor: 'Volvo', prototype: 1 })).toEqual({
      constructor: 'Volvo',
      prototype: 1,
    });
  });

  it.each([
    {
      why: 'the run of one among others could not be read: it is not lost',
      beat: () => Promise.resolve([{ flowId: 'f', stepName: 's', outcome: 'unavailable' as const }]),
    },
    {
      why: 'it could not be told at once',
      beat: () => Promise.reject(new SkaldUnreachable('cut')),
    },
  ])('is told with the next heartbeat where $why', async ({ beat }) => {
    const abort = new AbortController();
    const on = { ...{ flowId: 'f', orchName: 'o', stepName: 's', attempt: 1 }, action: 'DO' as const };
    const one = { on, abort, progress: { value: 'half' }, leaseEnds: Infinity };
    const told: unknown[] = [];
    const heart = createHeart({
      held: () => [one],
      beat: (beats) => {
        told.push(beats[0]?.progress);
        return beat();
      },
      ...{ leaseMs: () => 30_000, everyMs: 30_000 },
    });
    heart.beatAll();
    await new Promise((resolve) => setImmediate(resolve));
    heart.beatAll();
    heart.stop();
    expect(told).toEqual(['half', 'half']);
    expect(abort.signal.aborted).toBe(false);
  });
});

describe('a listener for trouble', () => {
  it('is a line that says what is behind it, where nobody gave another', () => {
    const shown = vi.spyOn(console, 'warn').mockReturnValue();
    const { onTrouble } = settingsOf({
      service: 's',
      url: 'http://127.0.0.1:1',
      steps: { work: { do: () => 1 } },
    });
    const refused = Object.assign(new Error('connect'), { code: 'ECONNREFUSED' });
    onTrouble(new Error('no answer', { cause: new TypeError('fetch failed', { cause: refused }) }));
    onTrouble(new Error('no word of it', { cause: new SyntaxError('unexpected end') }));
    expect(shown.mock.calls).toEqual([
      ['skald worker:', 'Error: no answer (ECONNREFUSED)'],
      ['skald worker:', 'Error: no word of it (unexpected end)'],
    ]);
    shown.mockRestore();
  });

  it('that throws, or rejects, ends nothing and is shown itself', async () => {
    const shown = vi.spyOn(console, 'warn').mockReturnValue();
    const listener = (how: 'throws' | 'rejects') => (): unknown => {
      const error = new Error(`the listener ${how}`);
      if (how === 'throws') throw error;
      return Promise.reject(error);
    };
    for (const how of ['throws', 'rejects'] as const) {
      const settings = settingsOf({
        service: 's',
        url: 'http://127.0.0.1:1',
        steps: { work: { do: () => 1 } },
        onTrouble: listener(how),
      });
      settings.onTrouble(new Error('trouble'));
      await vi.waitFor(() =>
        expect(shown).toHaveBeenLastCalledWith('skald worker:', `Error: the listener ${how}`),
      );
    }
    shown.mockRestore();
  });
});
