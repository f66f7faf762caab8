import { randomBytes } from 'node:crypto';
import type { Binary } from 'mongodb';
import { describe, expect, it } from 'vitest';
import { systemClock } from '../../src/infra/clock/system.ts';
import { LONGEST_KEY_USE_MS, mongoKeys } from '../../src/infra/keys/mongodb.ts';
import { KeyGone } from '../../src/infra/keys/port.ts';
import type { Keys } from '../../src/infra/keys/port.ts';
import { WrongMasterKey } from '../../src/infra/keys/wrapping.ts';
import type { MongoConnection } from '../../src/infra/mongodb/connect.ts';
import { keysContract } from '../contracts/keys.contract.ts';
import { manualClock } from '../support/manual-clock.ts';
import { freshNamespace, mongoConnections } from '../support/servers/mongo-connections.ts';

const { connectTo, processes } = mongoConnections();
const newMasterKey = (): Uint8Array => new Uint8Array(randomBytes(32));
const text = (value: string): Uint8Array => new Uint8Array(Buffer.from(value));

keysContract('MongoDB', () => {
  const namespace = freshNamespace();
  let masterKey = newMasterKey();
  const start = async (previous?: Uint8Array): Promise<Keys> => {
    const connection = await connectTo(namespace);
    const keys = await mongoKeys({ connection, clock: systemClock(), masterKey, previous });
    const close = async (): Promise<void> => {
      await keys.close();
      await connection.close();
    };
    return { ...keys, close };
  };
  const rotate = (): Promise<Keys> => {
    const previous = masterKey;
    masterKey = newMasterKey();
    return start(previous);
  };
  return { start: () => start(), rotate };
});

describe('rotating the master key of shared keys', () => {
  it('is gone on with where it was cut off, and done by two at once', async () => {
    const [one, two] = await processes(2);
    if (one === undefined || two === undefined) throw new Error('no connections');
    const [previous, masterKey] = [newMasterKey(), newMasterKey()];
    const clock = systemClock();
    const before = await mongoKeys({ connection: one, clock, masterKey: previous });
    const ids = await Promise.all(Array.from({ length: 1200 }, async () => before.reserve()));
    const boxes = await Promise.all(ids.map(async (id) => before.seal(id, 'c', text('x'))));
    await before.close();
    let calls = 0;
    const cut: MongoConnection = {
      ...one,
      run: (call) => {
        calls += 1;
        return calls > 5 ? Promise.reject(new Error('cut off')) : one.run(call);
      },
    };
    await expect(mongoKeys({ connection: cut, clock, masterKey, previous })).rejects.toThrow('cut off');
    await expect(mongoKeys({ connection: one, clock, masterKey })).rejects.toThrow(WrongMasterKey);
    const [first, second] = await Promise.all(
      [one, two].map((connection) => mongoKeys({ connection, clock, masterKey, previous })),
    );
    for (const keys of [first, second])
      for (const box of boxes) expect(await keys?.open(box, 'c')).toEqual(text('x'));
    await Promise.all([first?.close(), second?.close()]);
    await expect(mongoKeys({ connection: one, clock, masterKey: previous })).rejects.toThrow(WrongMasterKey);
  });
});

describe('keys shared by two processes', () => {
  const setUp = async () => {
    const [one, two] = await processes(2);
    if (one === undefined || two === undefined) throw new Error('no connections');
    const masterKey = newMasterKey();
    const clock = manualClock();
    const open = (connection: MongoConnection) => mongoKeys({ connection, clock, masterKey });
    const [first, second] = await Promise.all([open(one), open(two)]);
    const settled = () => new Promise(setImmediate);
    const pass = (ms: number) => clock.advance(ms, settled);
    return { one, two, first, second, pass, clock };
  };

  it('are handed out once, by whichever of them', async () => {
    const { first, second } = await setUp();
    const all = await Promise.all(
      Array.from({ length: 1500 }, async (_, n) => (n % 2 === 0 ? first : second).reserve()),
    );
    expect(new Set(all).size).toBe(1500);
    await Promise.all([first.close(), second.close()]);
  });

  it('open in each what the other has sealed', async () => {
    const { first, second } = await setUp();
    const box = await first.seal(await first.reserve(), 'c', text('x'));
    expect(await second.open(box, 'c')).toEqual(text('x'));
    await Promise.all([first.close(), second.close()]);
  });

  it('make one secret per name when both ask first', async () => {
    const { first, second } = await setUp();
    const secrets = await Promise.all(
      [first, second].flatMap((keys) => [keys.secret('s'), keys.secret('s')]),
    );
    expect(new Set(secrets.map((secret) => Buffer.from(secret).toString('hex'))).size).toBe(1);
    await Promise.all([first.close(), second.close()]);
  });

  it('stop working everywhere within ten seconds of their destruction in one of them', async () => {
    const { first, second, pass } = await setUp();
    const id = await first.reserve();
    const box = await first.seal(id, 'c', text('x'));
    expect(await second.open(box, 'c')).toEqual(text('x'));
    await first.destroy([id]);
    expect(await first.open(box, 'c')).toBe('erased');
    expect(LONGEST_KEY_USE_MS).toBe(10_000);
    await pass(LONGEST_KEY_USE_MS + 1);
    expect(await second.open(box, 'c')).toBe('erased');
    expect(await second.fingerprint(id, text('x'))).toBeUndefined();
    await expect(second.seal(id, 'c', text('x'))).rejects.toThrow(KeyGone);
    await Promise.all([first.close(), second.close()]);
  });

  it('lie in the database under the master key only, and not at all once they are destroyed', async () => {
    const { one, first, second } = await setUp();
    const [gone, kept] = [await first.reserve(), await first.reserve()];
    const [block = '', slot = ''] = gone.split('-');
    const slotsOf = async () => {
      const row = await one
        .collection<{ _id: string; slots: Record<string, Binary> }>('keys')
        .findOne({ _id: `block ${block}` });
      return row?.slots ?? {};
    };
    expect((await slotsOf())[slot]?.length()).toBe(60);
    await first.destroy([gone]);
    const left = await slotsOf();
    expect(Object.keys(left)).not.toContain(slot);
    expect(Object.keys(left)).toContain(kept.split('-')[1]);
    await Promise.all([first.close(), second.close()]);
  });

  it('are refused to a process with another master key', async () => {
    const { two, first, second, clock } = await setUp();
    const opening = mongoKeys({ connection: two, clock, masterKey: newMasterKey() });
    await expect(opening).rejects.toThrow(WrongMasterKey);
    await Promise.all([first.close(), second.close()]);
  });
});
