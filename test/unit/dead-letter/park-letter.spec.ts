import { describe, expect, it } from 'vitest';
import { fingerprintOf, queuedBehind } from '../../../src/commands/dead-letter/cause.ts';
import { openRecord } from '../../../src/commands/dead-letter/letter-content.ts';
import { letterStream } from '../../../src/domain/dead-letter/aggregate.ts';
import { filesWith } from '../../support/fresh-directory.ts';
import { letterWorld, recordOf, TOPIC } from '../../support/letter-world.ts';

const KIB = 1024;
const stateOf = async ({ letters }: Awaited<ReturnType<typeof letterWorld>>, letterId: string) => {
  const { state } = await letters.load(letterStream(letterId));
  if (state.kind !== 'letter') throw new Error('there is no letter');
  return state;
};

describe('parking a record', () => {
  it('keeps it with its place and its cause, byte by byte', async () => {
    const world = await letterWorld();
    const record = recordOf(7, { value: Buffer.from([0, 255, 10]), headers: [['h', Buffer.from([254])]] });
    const letterId = await world.parked(record);
    const [event] = await world.historyOf(letterId);
    expect(event).toMatchObject({
      type: 'LetterParked',
      data: {
        source: { bus: 'bus-1', topic: TOPIC, partition: 0, offset: '7', timestamp: record.timestamp },
        cause: { code: 'malformed_json', detail: 'the value is not JSON', pointer: null },
        ...{ size: 3, truncated: [], behind: null, flowId: null, instanceId: null },
      },
      metadata: { correlationId: letterId, actor: { id: 'consumer' } },
    });
    expect(await openRecord(world.keys, letterId, await stateOf(world, letterId))).toEqual({
      ...record,
      ...{ key: new Uint8Array(Buffer.from('key-1')), value: new Uint8Array([0, 255, 10]) },
      headers: [['h', Buffer.from([254])]],
    });
  });

  it('finds the letter of the first time when the record comes again', async () => {
    const world = await letterWorld();
    const first = await world.parked(recordOf(7));
    const again = await Promise.all([world.parked(recordOf(7)), world.parked(recordOf(7))]);
    expect(again).toEqual([first, first]);
    expect(await world.typesOf(first)).toEqual(['LetterParked']);
  });

  it('leaves nothing of key, value and headers readable on disk', async () => {
    const world = await letterWorld();
    const secret = 'a-person-s-name';
    const bytes = Buffer.from(secret);
    await world.parked(recordOf(7, { key: bytes, value: bytes, headers: [['h', bytes]] }));
    await world.store.close();
    expect(filesWith(world.dataDir, bytes)).toEqual([]);
    expect(filesWith(world.dataDir, Buffer.from('malformed_json'))).not.toEqual([]);
  });

  it('never keeps credentials', async () => {
    const world = await letterWorld();
    const headers = [['Authorization', Buffer.from('Bearer x')] as const, ['k', Buffer.from('v')] as const];
    const letterId = await world.parked(recordOf(7, { headers }));
    const record = await openRecord(world.keys, letterId, await stateOf(world, letterId));
    expect(record).toMatchObject({ headers: [['k', Buffer.from('v')]] });
  });

  it.each([
    ['value', { value: Buffer.alloc(256 * KIB + 1) }, 256 * KIB + 1],
    ['key', { key: Buffer.alloc(16 * KIB + 1) }, 7],
    ['headers', { headers: [['h', Buffer.alloc(60 * KIB)] as const] }, 7],
  ])('cuts a %s that is too long, and says so', async (part, some, size) => {
    const world = await letterWorld();
    const letterId = await world.parked(recordOf(7, some));
    const [event] = await world.historyOf(letterId);
    expect(event).toMatchObject({ data: { truncated: [part], size } });
    const selected = await world.commands.redriveLetter(
      { letterId },
      { perSecond: 1 },
      {
        actor: { kind: 'user', id: 'erik', source: 'http' },
      },
    );
    expect(selected).toMatchObject({ kind: 'rejected', code: 'letter_truncated' });
  });

  it('takes the longest record it keeps whole, and 5 MiB of it', async () => {
    const world = await letterWorld();
    const most = recordOf(1, { value: Buffer.alloc(256 * KIB, 1), key: Buffer.alloc(16 * KIB, 2) });
    expect((await stateOf(world, await world.parked(most))).truncated).toEqual([]);
    const huge = recordOf(2, { value: Buffer.alloc(5 * KIB * KIB, 1) });
    expect((await stateOf(world, await world.parked(huge))).truncated).toEqual(['value']);
  });

  it('keeps a record without value and key', async () => {
    const world = await letterWorld();
    const letterId = await world.parked(recordOf(7, { key: null, value: null }));
    const [event] = await world.historyOf(letterId);
    expect(event).toMatchObject({ data: { key: null, value: null, size: null, sequence: null } });
  });

  it('names a run only where it is one', async () => {
    const world = await letterWorld();
    const poison = { kind: 'poison', code: 'c', detail: 'd' } as const;
    const flowId = '0198F3A0-2222-7ABC-8DEF-000000000002';
    const known = await world.parked(recordOf(1), null, { ...poison, flowId });
    const odd = await world.parked(recordOf(2), null, { ...poison, flowId: 'the name of a person' });
    expect((await stateOf(world, known)).flowId).toBe(flowId.toLowerCase());
    expect((await stateOf(world, odd)).flowId).toBeNull();
  });
});

describe('a fingerprint', () => {
  const cause = { code: 'invalid_input', detail: 'd', pointer: '/steps/3/name' };
  it('is of code, topic and place, and of no place in a list', () => {
    const one = fingerprintOf(TOPIC, cause);
    expect(fingerprintOf(TOPIC, { ...cause, detail: 'other', pointer: '/steps/12/name' })).toBe(one);
    expect(fingerprintOf('other', cause)).not.toBe(one);
    expect(fingerprintOf(TOPIC, { ...cause, code: 'other' })).not.toBe(one);
    expect(fingerprintOf(TOPIC, { ...cause, pointer: '/steps/3/names' })).not.toBe(one);
  });
});

describe('open sequences', () => {
  it('block the key of an open letter, and no other', async () => {
    const { sequences, parked } = await letterWorld();
    const key = Buffer.from('key-1');
    expect(await sequences.isBlocked(TOPIC, key)).toBeUndefined();
    const letterId = await parked(recordOf(1));
    expect(await sequences.isBlocked(TOPIC, key)).toBe(letterId);
    expect(await sequences.isBlocked(TOPIC, Buffer.from('key-2'))).toBeUndefined();
    expect(await sequences.isBlocked('other', key)).toBeUndefined();
  });

  it('never block records without a key', async () => {
    const { sequences, parked } = await letterWorld();
    await parked(recordOf(1, { key: null }));
    expect(await sequences.isBlocked(TOPIC, null)).toBeUndefined();
  });

  it('go on blocking after a restart, until the last letter of the key is closed', async () => {
    const world = await letterWorld();
    const key = Buffer.from('key-1');
    const first = await world.parked(recordOf(1));
    const second = await world.parked(recordOf(2), first, queuedBehind(first));
    const context = { actor: { kind: 'user', id: 'erik', source: 'http' } } as const;
    const restarted = await world.freshSequences();
    await restarted.catchUp();
    expect(await restarted.isBlocked(TOPIC, key)).toBe(first);
    await world.commands.discardLetter({ letterId: first }, { reason: 'no' }, context);
    expect(await restarted.isBlocked(TOPIC, key)).toBe(second);
    await world.commands.discardLetter({ letterId: second }, { reason: 'no' }, context);
    expect(await restarted.isBlocked(TOPIC, key)).toBeUndefined();
    expect(await world.sequences.isBlocked(TOPIC, key)).toBeUndefined();
  });

  it('do not come back when the record of a closed letter comes again', async () => {
    const world = await letterWorld();
    const context = { actor: { kind: 'user', id: 'erik', source: 'http' } } as const;
    const letterId = await world.parked(recordOf(1));
    await world.commands.discardLetter({ letterId }, { reason: 'no' }, context);
    await world.parked(recordOf(1));
    expect(await world.sequences.isBlocked(TOPIC, Buffer.from('key-1'))).toBeUndefined();
  });
});
