// A worker that is not told its orchestrations: it is for all whose definitions name its steps.
import { describe, expect, it, onTestFinished } from 'vitest';
import { SkaldProblem } from '../../sdk/src/http/problem.ts';
import { worker } from '../../sdk/src/worker/worker.ts';
import type { WorkerOptions } from '../../sdk/src/worker/options.ts';
import { eventually, gate, tenantWorld, TRANSPORTS } from '../support/sdk-world.ts';

const nothing = { do: () => undefined };
const SLOW = { timeout: 60_000 };
const everything = { orchestrations: undefined, lookMs: 20 };

/** But for what is read at the start being made just then. */
const told = (troubles: readonly unknown[]): readonly string[] =>
  troubles.flatMap((one) => (one instanceof SkaldProblem && one.code === 'not_ready' ? [] : [String(one)]));

describe.each(TRANSPORTS)('a worker without orchestrations by %s', (transport) => {
  it('works on what there is, and on what appears later', SLOW, async () => {
    const world = await tenantWorld(transport);
    await world.work({ ...everything, steps: { first: nothing, second: nothing, third: nothing } });
    expect((await world.ended(await world.start())).status).toBe('COMPLETED');
    const steps = ['third', 'fourth'].map((name, index) => ({ name, seq: index + 1, objectType: 'thing' }));
    await world.skald.orchestrations.register({ body: { orchName: 'later', as: 'initiator', steps } });
    await world.skald.orchestrations.register(
      { body: { orchName: 'later', as: 'worker', steps: [{ name: 'fourth' }] } },
      { headers: { 'x-service-name': 'other-service' } },
    );
    const { flowId } = await world.skald.runs.start({ orchName: 'later' });
    await eventually(async () => {
      const { steps: done } = await world.skald.runs.get({ flowId });
      return done[0]?.do?.status === 'SUCCEEDED' ? true : undefined;
    });
    const { services, unknownSteps } = await world.skald.orchestrations.get({ name: 'later' });
    expect({ services: [...services].sort(), unknownSteps }).toEqual({
      services: ['other-service', 'tenant-service'],
      unknownSteps: [],
    });
    expect(told(world.troubles)).toEqual([]);
  });

  it('starts before there is any, and says so once', SLOW, async () => {
    const world = await tenantWorld(transport);
    await world.work({ ...everything, steps: { third: nothing } });
    await eventually(() => Promise.resolve(told(world.troubles)[0]));
    const steps = [{ name: 'third', seq: 1, objectType: 'thing' }];
    await world.skald.orchestrations.register({ body: { orchName: 'later', as: 'initiator', steps } });
    const { flowId } = await world.skald.runs.start({ orchName: 'later' });
    expect((await world.ended(flowId)).status).toBe('COMPLETED');
    expect(told(world.troubles)).toEqual([
      'Error: no orchestration names third yet: the worker goes on looking',
    ]);
  });
});

type Listed = {
  readonly steps?: readonly string[];
  readonly unknown?: readonly string[];
  readonly by?: string;
};
const listed = (orchName: string, { steps = [], unknown = [], by = 'own' }: Listed) => ({
  orchName,
  steps: steps.map((name) => ({ name, workers: by === 'own' ? [] : [by] })),
  unknownSteps: unknown.map((name) => ({ name, workers: [by] })),
});
const unanswered = (init: RequestInit | undefined): Promise<never> =>
  new Promise((_resolve, reject) => {
    init?.signal?.addEventListener('abort', () => reject(new Error('aborted')));
  });
type Page = { readonly items: readonly object[]; readonly nextCursor?: string };
const refusal = (status: number, code: string) => Response.json({ code, detail: code }, { status });

/** What a registration says, and what it is answered. */
const registration = (body: unknown, refused: readonly string[]) => {
  const text = new TextDecoder().decode(body as Uint8Array<ArrayBuffer>);
  const { orchName, steps } = JSON.parse(text) as { orchName: string; steps: { name: string }[] };
  const answer = refused.includes(orchName) ? refusal(409, 'too_large') : Response.json({ failedSteps: [] });
  return { said: `${orchName}: ${steps.map(({ name }) => name).join()}`, answer };
};

/** A Skald that lists these pages, one after the other, then the last one again and again. */
const listing = async (
  pages: readonly (Page | Response)[],
  { refused = [], ...options }: Partial<WorkerOptions> & { readonly refused?: readonly string[] } = {},
) => {
  const [registered, asked, troubles]: [string[], string[], unknown[]] = [[], [], []];
  const done = gate();
  const fetchIt: typeof fetch = (address, init) => {
    const { pathname, search } = new URL(address instanceof Request ? address.url : address);
    if (pathname === '/api/orchestration/register') {
      const { said, answer } = registration(init?.body, refused);
      registered.push(said);
      return Promise.resolve(answer);
    }
    if (pathname !== '/api/v1/orchestrations') return unanswered(init);
    asked.push(search);
    if (asked.length > pages.length) done.open();
    const page = pages[Math.min(asked.length, pages.length) - 1] ?? { items: [] };
    return Promise.resolve(page instanceof Response ? page.clone() : Response.json(page));
  };
  const steps = { a: nothing, b: nothing, c: nothing };
  const running = await worker({
    ...{ service: 'own', url: 'http://127.0.0.1:1', transport: 'poll', steps, lookMs: 1, fetch: fetchIt },
    ...{ reconnect: { leastMs: 1, mostMs: 1 }, onTrouble: (error: unknown) => void troubles.push(error) },
    ...options,
  });
  onTestFinished(() => running.stop({ timeoutMs: 0 }));
  return { running, registered, asked, troubles, wasListed: done.opened };
};

describe('a worker without orchestrations', () => {
  it('reads all pages, and registers for each exactly the steps that it names', async () => {
    const { registered, asked, troubles } = await listing([
      {
        items: [listed('one', { steps: ['a', 'x', 'c'] }), listed('two', { steps: ['x'] })],
        nextCursor: 'n',
      },
      { items: [listed('three', { steps: ['b'] }), listed('four', {})] },
    ]);
    expect(registered).toEqual(['one: a,c', 'three: b']);
    expect(asked.slice(0, 2)).toEqual(['?limit=100', '?limit=100&cursor=n']);
    expect(troubles).toEqual([]);
  });

  it('registers again only where a definition changed, and keeps what runs of the version before may need', async () => {
    const one = { items: [listed('one', { steps: ['a', 'b'] })] };
    const changed = { items: [listed('one', { steps: ['c'], unknown: ['a'], by: 'own' })] };
    const { registered, wasListed } = await listing([one, one, changed, changed]);
    await wasListed;
    expect(registered).toEqual(['one: a,b', 'one: a,c']);
  });

  it('goes on where one is refused, and tells it once', async () => {
    const items = ['one', 'two', 'three'].map((name) => listed(name, { steps: ['a'] }));
    const { registered, troubles, wasListed } = await listing([{ items }, { items }], { refused: ['two'] });
    await wasListed;
    expect(registered).toEqual(['one: a', 'two: a', 'three: a']);
    expect(troubles.map(String)).toEqual(['SkaldProblem: too_large']);
  });

  it('tells whose tasks it shares', async () => {
    const items = [listed('one', { steps: ['a', 'x'], by: 'other' })];
    const { troubles } = await listing([{ items }]);
    expect(troubles.map(String)).toEqual(['Error: a of one is done by other too: they share its tasks']);
  });

  it('leaves steps alone that only others had, and does not tell of sharing with itself', async () => {
    const own = { ...listed('two', {}), steps: [{ name: 'b', workers: ['other', 'own'] }] };
    const others = listed('one', { steps: ['x'], unknown: ['a'], by: 'other' });
    const { registered, troubles } = await listing([{ items: [others, own] }]);
    expect(registered).toEqual(['two: b']);
    expect(troubles).toEqual([]);
  });

  it('tells once that there is none for it yet, however often it looks', async () => {
    const { troubles, wasListed } = await listing([1, 2, 3, 4].map(() => ({ items: [] })));
    await wasListed;
    expect(troubles.map(String)).toEqual([
      'Error: no orchestration names a, b, c yet: the worker goes on looking',
    ]);
  });

  it('does not start where it is refused, or may not see what there is', async () => {
    const items = [listed('one', { steps: ['a'] })];
    await expect(listing([{ items }], { refused: ['one'] })).rejects.toThrow('too_large');
    await expect(listing([refusal(403, 'forbidden')])).rejects.toThrow(
      'this worker may not list orchestrations: it must be told its own, as `orchestrations`',
    );
    await expect(listing([refusal(401, 'unauthenticated')])).rejects.toMatchObject({ status: 401 });
  });

  it('waits for a Skald that is not there, until it is told to give up', async () => {
    const away = refusal(503, 'busy');
    const { registered, troubles } = await listing([away, { items: [listed('one', { steps: ['a'] })] }]);
    expect(registered).toEqual(['one: a']);
    expect(troubles.map(String)).toEqual(['SkaldProblem: busy']);
    const end = new AbortController();
    const onTrouble = () => end.abort(new Error('enough'));
    await expect(listing([away], { signal: end.signal, onTrouble })).rejects.toThrow('enough');
  });

  it('looks no more once it is stopped', async () => {
    const looking = gate();
    let asked = 0;
    const fetchIt: typeof fetch = (address, init) => {
      const isLook = (address as URL).pathname === '/api/v1/orchestrations';
      if (isLook) asked += 1;
      if (isLook && asked === 1) return Promise.resolve(Response.json({ items: [] }));
      if (isLook) looking.open();
      return unanswered(init);
    };
    const troubles: unknown[] = [];
    const running = await worker({
      ...{ service: 'own', url: 'http://127.0.0.1:1', transport: 'poll', steps: { a: nothing } },
      ...{ fetch: fetchIt, reconnect: { leastMs: 1, mostMs: 1 } },
      onTrouble: (error) => void troubles.push(error),
    });
    await looking.opened;
    await running.stop();
    expect({ asked, troubles }).toEqual({ asked: 2, troubles: [] });
  });
});
