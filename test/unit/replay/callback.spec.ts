import type { IncomingHttpHeaders } from 'node:http';
import { describe, expect, it, onTestFinished } from 'vitest';
import { replayCallback } from '../../../src/infra/outbound/replay-callback.ts';
import { systemClock } from '../../../src/infra/clock/system.ts';
import { bodyOf, loopbackServer } from '../../support/loopback-server.ts';
import { manualClock } from '../../support/manual-clock.ts';
import { eventAt, SESSION } from '../../support/replays.ts';

type Taken = { readonly headers: IncomingHttpHeaders; readonly body: unknown };
type Answer = { readonly status: number; readonly headers?: Readonly<Record<string, string>> };

/** Answers the calls in turn; the last answer is repeated. */
const hook = async (...answers: readonly Answer[]) => {
  const taken: Taken[] = [];
  const origin = await loopbackServer((request, response) => {
    void bodyOf(request).then((body) => {
      const { status, headers = {} } = answers[Math.min(taken.length, answers.length - 1)] ?? { status: 200 };
      taken.push({ headers: request.headers, body });
      response.writeHead(status, headers).end();
    });
  });
  return { taken, origin };
};

/** Time that goes by in no time: every pause is over at once, and is noted. */
const hurried = () => {
  const pauses: number[] = [];
  const { schedule, ...clock } = systemClock();
  return {
    pauses,
    clock: {
      ...clock,
      schedule: (ms: number, task: () => void) => {
        pauses.push(ms);
        return schedule(0, task);
      },
    },
  };
};

const SPOKEN = {
  ...{ sessionId: SESSION, source: 'urn:skald:test' },
  typeOf: ({ type }: { readonly type: string }) => `type-of-${type}`,
};

const callbackTo = (origin: string, timeoutMs = 5000) => {
  const { clock, pauses } = hurried();
  const url = new URL(`${origin}/hook`);
  const target = replayCallback({ ...SPOKEN, url, clock, timeoutMs });
  onTestFinished(target.close);
  const deliver = (signal = new AbortController().signal) => target.deliver([eventAt(1)], signal);
  return { deliver, pauses, target };
};

describe('a callback that is replayed to (F-X-01)', () => {
  it('gets each event by itself, marked in head and body, with the id of the original', async () => {
    const { taken, origin } = await hook({ status: 204 });
    const { deliver, target } = callbackTo(origin);
    expect(target.most).toBe(1);
    expect(await deliver()).toEqual({ kind: 'ok' });
    const { eventId, position, type } = eventAt(1);
    expect(taken).toMatchObject([
      {
        headers: {
          'skald-replay': SESSION,
          'skald-replay-position': position,
          'ce-id': eventId,
          'ce-specversion': '1.0',
          'ce-source': 'urn:skald:test',
          'ce-type': `type-of-${type}`,
          'content-type': 'application/json',
        },
        body: { skaldReplay: { sessionId: SESSION, position }, event: eventAt(1) },
      },
    ]);
  });

  it.each([500, 503, 429, 408])('is tried again, later and later, where it answers %i', async (status) => {
    const { taken, origin } = await hook({ status }, { status }, { status }, { status: 200 });
    const { deliver, pauses } = callbackTo(origin);
    expect(await deliver()).toEqual({ kind: 'ok' });
    expect(taken).toHaveLength(4);
    expect(pauses).toEqual([2000, 4000, 8000]);
  });

  it.each([
    ['1', 2000],
    ['30', 30_000],
    ['86400', 60_000],
    ['Fri, 31 Dec 9999 23:59:59 GMT', 60_000],
    ['Thu, 01 Jan 1970 00:00:00 GMT', 2000],
    ['soon', 2000],
  ])('is left alone as long as it asks for: Retry-After %s', async (asked, ms) => {
    const { origin } = await hook({ status: 429, headers: { 'retry-after': asked } }, { status: 200 });
    const { deliver, pauses } = callbackTo(origin);
    expect(await deliver()).toEqual({ kind: 'ok' });
    expect(pauses).toEqual([ms]);
  });

  it('is given up after the third retry', async () => {
    const { taken, origin } = await hook({ status: 500 });
    const { deliver } = callbackTo(origin);
    expect(await deliver()).toEqual({
      ...{ kind: 'failed', code: 'no_answer', detail: 'it was answered with 500' },
    });
    expect(taken).toHaveLength(4);
  });

  it.each([400, 404, 422])('is not tried again where it answers %i', async (status) => {
    const { taken, origin } = await hook({ status });
    expect(await callbackTo(origin).deliver()).toMatchObject({ kind: 'skipped', code: 'refused' });
    expect(taken).toHaveLength(1);
  });

  it('is not followed anywhere else', async () => {
    const elsewhere = await hook({ status: 200 });
    const { origin } = await hook({ status: 302, headers: { location: `${elsewhere.origin}/` } });
    expect(await callbackTo(origin).deliver()).toMatchObject({ kind: 'skipped' });
    expect(elsewhere.taken).toEqual([]);
  });

  it('fails where nobody is there, and where nobody answers in time', async () => {
    expect(await callbackTo('http://127.0.0.1:1').deliver()).toMatchObject({
      ...{ kind: 'failed', detail: 'it was not answered: ECONNREFUSED' },
    });
    const silent = await loopbackServer(() => undefined);
    expect(await callbackTo(silent, 30).deliver()).toMatchObject({
      ...{ kind: 'failed', detail: 'it was not answered: no answer in time' },
    });
  });

  it('is answered as long as it likes, and not read for longer than that', async () => {
    const origin = await loopbackServer((_request, response) => {
      response.writeHead(200);
      const more = (): void => void response.write('x'.repeat(64 * 1024), more);
      more();
      response.on('error', () => undefined);
    });
    expect(await callbackTo(origin).deliver()).toEqual({ kind: 'ok' });
  });

  it('is left where the session is told to stop', async () => {
    const stop = new AbortController();
    const origin = await loopbackServer(() => {
      stop.abort();
    });
    expect(await callbackTo(origin).deliver(stop.signal)).toEqual({ kind: 'aborted' });
    const clock = manualClock();
    const paused = replayCallback({
      ...{ ...SPOKEN, url: new URL('http://127.0.0.1:1'), clock },
    });
    const over = new AbortController();
    const delivering = paused.deliver([eventAt(1)], over.signal);
    over.abort();
    expect(await delivering).toEqual({ kind: 'aborted' });
  });
});
