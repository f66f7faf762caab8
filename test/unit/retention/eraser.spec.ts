import { describe, expect, it } from 'vitest';
import { sealRecord } from '../../../src/commands/dead-letter/letter-content.ts';
import { runEraser } from '../../../src/commands/instance/eraser.ts';
import { valueContext } from '../../../src/domain/dead-letter/seal-context.ts';
import { verifyChain } from '../../support/verify-chain.ts';
import { START } from '../../../src/infra/event-store/port.ts';
import type { Checkpoints } from '../../../src/infra/event-store/port.ts';
import { context, headersWith, objectWith, valueOf } from '../../support/instance-world.ts';
import * as letter from '../../support/letters.ts';
import { refusedCommand, refusedRecord, sealedLetter } from '../../support/refused-records.ts';
import { daysAgo, retentionWorld } from '../../support/retention-world.ts';
import type { RetentionWorld } from '../../support/retention-world.ts';

const deleted = async (world: RetentionWorld): Promise<string> => {
  const instanceId = await world.received('a form');
  valueOf(await world.deleteInstance(instanceId, { reason: 'asked for' }, context));
  return instanceId;
};

/** As it came, and as it was edited. */
const refusedTwice = async (world: RetentionWorld): Promise<string[]> => {
  const refused = [refusedCommand(), refusedCommand(1)];
  const errors = [{ errorCode: 'INVALID', args: null }];
  for (const commandId of refused)
    valueOf(await world.refuseIntake({ headers: headersWith(), errors }, { ...context, commandId }));
  return refused;
};

const NO_CHECKPOINTS: Checkpoints = {
  load: () => Promise.resolve(undefined),
  save: () => Promise.resolve(),
};

const receiptOf = async (world: RetentionWorld, instanceId: string) =>
  (await world.eventsOf(`instance-${instanceId}`)).filter(({ type }) => type === 'InstanceErased');

describe('the erasure of a deleted instance', () => {
  it('destroys its key and leaves a receipt; the chain still verifies', async () => {
    const world = await retentionWorld();
    const instanceId = await deleted(world);
    const kept = await world.received('another one');
    expect(await world.openRegistered(instanceId)).toMatchObject({ value: objectWith('a form') });
    await world.erase({ plaintextMs: 86_400_000 });
    expect(await world.openRegistered(instanceId)).toBe('erased');
    expect(await world.openDeletion(instanceId)).toBe('erased');
    expect(await world.openInstance(kept)).toMatchObject({ value: objectWith('another one') });
    const events = await world.eventsOf(`instance-${instanceId}`);
    const [received, , , erased] = events;
    expect(erased).toMatchObject({
      type: 'InstanceErased',
      data: {
        keyIds: [(received?.data as { keyId: string }).keyId],
        ...{ streams: [`instance-${instanceId}`], sealedValues: 2, letters: 0 },
        // Counted from when the last of it had gone out, however much later than the deletion that was.
        plaintextUntil: daysAgo(-1),
      },
      metadata: { actor: { kind: 'system', id: 'eraser' } },
    });
    expect(verifyChain(events)).toMatchObject({ kind: 'intact', revision: 3 });
  });

  it('is done for the others where the log takes no receipt of one that is damaged', async () => {
    const world = await retentionWorld();
    const [damaged, other] = [await deleted(world), await deleted(world)];
    await world.caughtUp();
    const refused = { kind: 'refused', code: 'integrity', detail: 'another hash' } as const;
    const { deps, unread, stuckCounts } = world.partsOf({
      instead: (stream) => (stream === `instance-${damaged}` ? Promise.resolve(refused) : undefined),
    });
    const over = new AbortController();
    const erasing = runEraser({ ...deps, checkpoints: NO_CHECKPOINTS }, over.signal);
    await world.until(async () => (await receiptOf(world, other)).length === 1);
    over.abort();
    await erasing;
    expect(await receiptOf(world, damaged)).toEqual([]);
    expect([unread, stuckCounts]).toEqual([[`instance-${damaged}`], [1, 0]]);
  });

  it('leaves one receipt, however often it is done', async () => {
    const world = await retentionWorld();
    const instanceId = await deleted(world);
    await world.erase();
    const first = await receiptOf(world, instanceId);
    await world.erase();
    expect(await receiptOf(world, instanceId)).toEqual(first);
    expect(first).toHaveLength(1);
  });

  it('waits until whoever passes events on has read the deletion', async () => {
    const world = await retentionWorld();
    const instanceId = await deleted(world);
    const end = await world.store.lastPosition();
    const asked: string[] = [];
    await world.erase({
      passedOn: async () => {
        expect(await world.openRegistered(instanceId)).toMatchObject({ instanceId });
        asked.push('asked');
        return asked.length < 3 ? START : end;
      },
    });
    expect(asked).toHaveLength(3);
    expect(await world.openRegistered(instanceId)).toBe('erased');
  });

  it('is done again where it was killed between the key and the receipt', async () => {
    const world = await retentionWorld();
    const instanceId = await deleted(world);
    const killed = world.erase({
      instead: (_stream, types) =>
        types.includes('InstanceErased') ? Promise.reject(new Error('killed')) : undefined,
    });
    await expect(killed).rejects.toThrow('killed');
    expect(await world.openRegistered(instanceId)).toBe('erased');
    expect(await receiptOf(world, instanceId)).toEqual([]);
    await world.erase();
    expect(await receiptOf(world, instanceId)).toHaveLength(1);
  });

  it('takes letters and refusals with it, those of earlier editions too', async () => {
    const world = await retentionWorld();
    const letterId = letter.letterAt(1);
    const { parked, edited, isReadable } = await sealedLetter(world.keys, letterId);
    const refused = await refusedTwice(world);
    const instanceId = await world.received('a form');
    const { type, data } = letter.resolved(1, 1);
    const resolved = { type, data: { ...data, instanceId } };
    const commandId = refused[0] ?? '';
    await world.append(
      `deadletter-${letterId}`,
      [parked, edited, letter.selected(), letter.redriveStarted(1, 1), resolved],
      { commandId },
    );
    valueOf(await world.deleteInstance(instanceId, { reason: 'asked for' }, context));
    await world.erase();
    const [receipt] = await receiptOf(world, instanceId);
    expect(receipt?.data).toMatchObject({
      streams: [`instance-${instanceId}`, `deadletter-${letterId}`, ...refused.map((id) => `intake-${id}`)],
      // Value and headers of each, errors of the refusals, and the letter's second value.
      ...{ letters: 1, sealedValues: 2 + 3 + 4 },
    });
    expect((receipt?.data as { keyIds: unknown[] }).keyIds).toHaveLength(4);
    for (const id of refused) expect(await world.openIntake(id)).toBe('erased');
    expect(await isReadable()).toBe(false);
  });

  it('is not held up by a letter that was altered: its key goes like the others', async () => {
    const world = await retentionWorld();
    const letterId = letter.letterAt(1);
    const { parked, edited, isReadable } = await sealedLetter(world.keys, letterId);
    const value = await world.keys.seal(parked.data.keyId, 'another place', Buffer.from('{ }'));
    const altered = { ...edited, data: { ...edited.data, value } };
    const ids = [await deleted(world), await deleted(world)];
    await world.letter(
      letterId,
      { ...parked, data: { ...parked.data, instanceId: ids[0] ?? null } },
      altered,
    );
    await world.erase();
    for (const id of ids) expect(await receiptOf(world, id)).toHaveLength(1);
    expect(await world.keys.open(value, 'another place')).toBe('erased');
    expect(await isReadable()).toBe(false);
  });

  it('reaches letters that come in after it', async () => {
    const world = await retentionWorld();
    const instanceId = await deleted(world);
    await world.erase();
    const [late, other] = [letter.letterAt(2), letter.letterAt(3)];
    const sealed = new Map<string, Awaited<ReturnType<typeof sealRecord>>>();
    for (const [letterId, named] of [
      [late, instanceId],
      [other, '999'],
    ] as const) {
      const keyId = await world.keys.reserve();
      const content = await sealRecord(world.keys, keyId, letterId, refusedRecord);
      sealed.set(letterId, content);
      await world.letter(letterId, letter.parked({ ...content, keyId, instanceId: named }));
    }
    await world.erase();
    const opened = async (letterId: string): Promise<unknown> => {
      const value = sealed.get(letterId)?.value;
      return value == null ? undefined : world.keys.open(value, valueContext(letterId, 0));
    };
    expect(await opened(late)).toBe('erased');
    expect(await opened(other)).toEqual(new Uint8Array(Buffer.from('{')));
  });

  it('reaches the refusals of a letter that says only after it which instance it became', async () => {
    const world = await retentionWorld();
    const letterId = letter.letterAt(1);
    const { parked, edited, isReadable } = await sealedLetter(world.keys, letterId);
    const refused = await refusedTwice(world);
    const instanceId = await deleted(world);
    await world.erase();
    const { type, data } = letter.resolved(1, 1);
    const resolved = { type, data: { ...data, instanceId } };
    const events = [parked, edited, letter.selected(), letter.redriveStarted(1, 1), resolved];
    await world.append(`deadletter-${letterId}`, events, { commandId: refused[0] ?? '' });
    await world.erase();
    expect(await isReadable()).toBe(false);
    for (const id of refused) expect(await world.openIntake(id)).toBe('erased');
  });

  it('goes on where its checkpoint stands', async () => {
    const world = await retentionWorld();
    const first = await deleted(world);
    let stored: string | undefined;
    const checkpoints = {
      load: () => Promise.resolve(stored),
      save: (_follower: string, position: string) => {
        stored = position;
        return Promise.resolve();
      },
    };
    await world.erase({}, checkpoints);
    expect(await receiptOf(world, first)).toHaveLength(1);
    const before = stored;
    const second = await deleted(world);
    await world.erase({}, checkpoints);
    expect(await receiptOf(world, second)).toHaveLength(1);
    expect(stored).not.toBe(before);
  });

  it('says that it may be readable for ever where a topic keeps it for ever', async () => {
    const world = await retentionWorld();
    const instanceId = await deleted(world);
    await world.erase({ plaintextMs: -1 });
    const [receipt] = await receiptOf(world, instanceId);
    expect(receipt?.data).toMatchObject({ plaintextUntil: '9999-12-31T23:59:59.999Z' });
  });
});
