import { describe, expect, it } from 'vitest';
import { checkEvents } from '../../../src/infra/cli/audit/log-check.ts';
import { tallyOf } from '../../../src/infra/cli/audit/report.ts';
import { itemsOf, serverSource } from '../../../src/infra/cli/audit/server-source.ts';
import { witnessOf } from '../../../src/infra/cli/audit/witness.ts';
import { refusal } from '../../../src/infra/cli/errors.ts';
import type { Json } from '../../../src/infra/cli/api.ts';
import { hashOfStored, ZERO_HASH } from '../../../src/infra/event-store/hash.ts';
import { canonical } from '../../../src/domain/canonical.ts';
import { chainHash } from '../../../src/infra/event-store/hash.ts';

const chain = { zero: ZERO_HASH, hash: hashOfStored };
const everything = { kind: 'everything' } as const;
const silent = { at: () => undefined, end: () => undefined };

const eventOf = (stream: string) => {
  const event = { stream, revision: 0, eventId: '0191e1f0-0000-7000-8000-000000000001', type: 'Happened' };
  const [data, metadata] = [{ note: 1 }, { commandId: 'c' }];
  const hashed = { ...event, data: canonical(data), metadata: canonical(metadata) };
  return { ...event, data, metadata, hash: chainHash(ZERO_HASH, hashed) };
};

/** A server with these answers for the whole log, one after the other, and no checkpoints. */
const serving = (...answers: readonly (() => Promise<Json>)[]) => {
  const asked: string[] = [];
  const left = [...answers];
  const get = (path: string): Promise<Json> => {
    asked.push(path);
    if (path.startsWith('/api/v1/streams/')) return Promise.reject(refused(404, 'unknown_stream', 'none'));
    return left.shift()?.() ?? Promise.reject(new Error('nothing is left'));
  };
  return { source: serverSource({ ...noApi, get }), asked };
};

const refused = (status: number, code: string, detail: string) =>
  refusal(status, JSON.stringify({ code, detail }));
const none = () => Promise.reject(new Error('not asked here'));
const noApi = { get: none, post: none, remove: none, probe: none, open: none };

const audit = async ({ source }: ReturnType<typeof serving>) => {
  const tally = tallyOf(silent, () => undefined);
  const witness = await witnessOf({ text: () => undefined }, source, everything);
  await checkEvents(itemsOf(source.pages(everything)), { chain, witness, tally });
  const rest = { scope: 'everything', source: 'server', streams: null, head: null } as const;
  return tally.report({ ...rest, ...witness.report() });
};

describe('an audit through the server', () => {
  it('asks for the next page before it has looked at this one', async () => {
    const first = { items: [eventOf('saga-a')], nextCursor: 'c' };
    const world = serving(
      () => Promise.resolve(first),
      () => Promise.resolve({ items: [eventOf('saga-b')] }),
    );
    for await (const { items } of world.source.pages(everything))
      if (items[0]?.stream === 'saga-a') expect(world.asked).toHaveLength(2);
    const again = serving(
      () => Promise.resolve(first),
      () => Promise.resolve({ items: [eventOf('saga-b')] }),
    );
    expect(await audit(again)).toMatchObject({ isIntact: true, events: 2, checkpoints: 0, notYetCovered: 2 });
  });

  it('names what the server says that it cannot read, and that the rest was not looked at', async () => {
    const damage = 'stream saga-b is damaged at revision 3: the hash does not match';
    const world = serving(
      () => Promise.resolve({ items: [eventOf('saga-a')], nextCursor: 'c' }),
      () => Promise.reject(refused(500, 'integrity', damage)),
    );
    expect(await audit(world)).toMatchObject({
      isIntact: false,
      events: 1,
      findings: [
        { stream: 'saga-b', revision: 3, detail: damage },
        { detail: expect.stringContaining('was not looked at') as string },
      ],
    });
  });

  it('takes no other refusal for damage', async () => {
    const world = serving(() => Promise.reject(refused(503, 'behind', 'later')));
    await expect(audit(world)).rejects.toThrow('later');
  });
});
