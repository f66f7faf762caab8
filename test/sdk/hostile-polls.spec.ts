// A worker that polls, where what answers is no Skald, or none that keeps to its word.
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { SkaldUnreachable } from '../../sdk/src/http/problem.ts';
import { worker } from '../../sdk/src/worker/worker.ts';
import { accepted, task } from '../support/stream-server.ts';

const registered = { status: 'SUCCESS', message: '', position: 'p', registeredSteps: [], failedSteps: [] };

/** By the end of its path: what each request is answered with, the last one from then on. */
type Answers = Readonly<Record<'register' | 'poll' | 'responses' | 'heartbeat', readonly unknown[]>>;

const polling = async (answers: Partial<Answers>, pauseMs = 1) => {
  const all: Answers = {
    ...{ register: [registered], poll: [{ tasks: [] }], responses: [{ results: [accepted] }] },
    heartbeat: [{ results: [] }],
    ...answers,
  };
  const asked: { readonly what: string; readonly at: number }[] = [];
  const fetchIt = (url: unknown): Promise<Response> => {
    const what = String(url).split('/').at(-1) as keyof Answers;
    const times = asked.filter((one) => one.what === what).length;
    asked.push({ what, at: performance.now() });
    return Promise.resolve(Response.json(all[what].at(Math.min(times, all[what].length - 1))));
  };
  const troubles: unknown[] = [];
  const running = await worker({
    ...{
      service: 's',
      url: 'http://127.0.0.1:1',
      orchestrations: 'tenant',
      transport: 'poll',
      fetch: fetchIt,
    },
    ...{ reconnect: { leastMs: pauseMs, mostMs: pauseMs }, heartbeatMs: 1 },
    steps: { work: { do: () => new Promise((resolve) => setTimeout(resolve, 20)) } },
    onTrouble: (error: unknown) => void troubles.push(error),
  });
  onTestFinished(() => running.stop({ timeoutMs: 0 }));
  const timesOf = (what: keyof Answers) => asked.filter((one) => one.what === what).map(({ at }) => at);
  return { troubles, timesOf };
};

describe('a worker that polls', () => {
  it.each([null, [], {}, { tasks: {} }, { tasks: [null] }, { tasks: [{ ...task('work'), payload: 7 }] }])(
    'and gets %j for tasks tells so, and polls again',
    async (nonsense) => {
      const { troubles, timesOf } = await polling({
        poll: [nonsense, { tasks: [task('work')] }, { tasks: [] }],
      });
      await vi.waitFor(() => expect(timesOf('responses')).toHaveLength(1));
      expect(troubles).toEqual([expect.any(SkaldUnreachable)]);
    },
  );

  it.each([null, {}, { results: {} }, { results: [null] }, { results: [{ outcome: 5 }] }])(
    'and is told %j of an answer, or of a heartbeat, sends it again',
    async (nonsense) => {
      const { timesOf } = await polling({
        poll: [{ tasks: [task('work')] }, { tasks: [] }],
        responses: [nonsense, { results: [accepted] }],
        heartbeat: [nonsense],
      });
      await vi.waitFor(() => expect(timesOf('responses')).toHaveLength(2));
      expect(timesOf('heartbeat').length).toBeGreaterThan(0);
    },
  );

  it('registers again where the answer says nothing of its steps', async () => {
    const { troubles, timesOf } = await polling({ register: [{}, registered] });
    expect(timesOf('register')).toHaveLength(2);
    expect(troubles).toEqual([expect.any(SkaldUnreachable)]);
  });

  it('waits itself where polls do not', async () => {
    const { timesOf } = await polling({}, 30);
    await vi.waitFor(() => expect(timesOf('poll').length).toBeGreaterThan(5));
    const [first = 0, , , , , sixth = 0] = timesOf('poll');
    expect(sixth - first).toBeGreaterThanOrEqual(4 * 29);
  });
});
