import { describe, expect, it } from 'vitest';
import { letterIdOf } from '../../../src/commands/deterministic-ids.ts';
import type { DeadLetterEvent } from '../../../src/domain/dead-letter/events.ts';
import { verifyChain } from '../../support/verify-chain.ts';
import { context, headersWith, objectWith, valueOf } from '../../support/instance-world.ts';
import * as letter from '../../support/letters.ts';
import { documentsOf } from '../../support/projecting.ts';
import { refusedCommand, sealedLetter } from '../../support/refused-records.ts';
import { DAYS, daysAgo, retentionWorld } from '../../support/retention-world.ts';
import type { RetentionWorld } from '../../support/retention-world.ts';

const DAY_MS = 86_400_000;
const errors = [{ errorCode: 'INVALID', args: null }];
const refused = async (world: RetentionWorld, edition: 0 | 1 = 0): Promise<string> => {
  const commandId = refusedCommand(edition);
  valueOf(await world.refuseIntake({ headers: headersWith(), errors }, { ...context, commandId }));
  return commandId;
};

/** The letter of the record, edited where that is asked for. */
const withLetter = async (world: RetentionWorld, then: readonly DeadLetterEvent[], isEdited = false) => {
  const commandId = refusedCommand();
  const letterId = letterIdOf(commandId);
  const { parked, edited, isReadable } = await sealedLetter(world.keys, letterId);
  await world.append(`deadletter-${letterId}`, [parked, ...(isEdited ? [edited] : []), ...then], {
    commandId,
  });
  return { letterId, isReadable };
};

const receiptsOf = async (world: RetentionWorld, intakeId: string) =>
  (await world.eventsOf(`intake-${intakeId}`)).filter(({ type }) => type === 'IntakeErased');

const listed = async (world: RetentionWorld): Promise<readonly string[]> =>
  (await documentsOf(world.readStore, 'instances')).flatMap(({ id, body }) => (body === null ? [] : [id]));

describe('a refused delivery whose time is up', () => {
  it('is erased with a receipt, and gone from the list; nothing else is touched', async () => {
    const world = await retentionWorld();
    const intakeId = await refused(world);
    const kept = await world.received('a form');
    const [refusal] = await world.eventsOf(`intake-${intakeId}`);
    const refusedAt = Date.parse(refusal?.metadata.recordedAt ?? '');
    const before = await world.runOnce({ now: () => refusedAt + DAYS * DAY_MS });
    expect(before.erased).toBe(0);
    expect(await world.openIntake(intakeId)).toMatchObject({ errors });
    expect(await listed(world)).toEqual(expect.arrayContaining([intakeId, kept]));

    const now = refusedAt + DAYS * DAY_MS + 1;
    const { erased } = await world.runOnce({ now: () => now, plaintextMs: 5000 });
    expect(erased).toBe(1);
    expect(await world.openIntake(intakeId)).toBe('erased');
    expect(await listed(world)).toEqual([kept]);
    expect(await world.openInstance(kept)).toMatchObject({ value: objectWith('a form') });
    const events = await world.eventsOf(`intake-${intakeId}`);
    expect(events[1]).toMatchObject({
      type: 'IntakeErased',
      data: {
        keyIds: [(refusal?.data as { keyId: string }).keyId],
        ...{ streams: [`intake-${intakeId}`], sealedValues: 2, letters: 0 },
        plaintextUntil: new Date(now + 5000).toISOString(),
        runId: (await world.retentionView()).last?.runId,
      },
      metadata: { actor: { kind: 'system', id: 'retention' }, causationId: refusal?.eventId },
    });
    expect(verifyChain(events)).toMatchObject({ kind: 'intact', revision: 1 });
  });

  it('takes the closed letter of its record with it, and what was refused of later editions', async () => {
    const world = await retentionWorld();
    const [first, second] = [await refused(world), await refused(world, 1)];
    const { letterId, isReadable } = await withLetter(world, [letter.discarded], true);
    await world.runOnce();
    expect(await isReadable()).toBe(false);
    const [receipt] = await receiptsOf(world, first);
    expect(receipt?.data).toMatchObject({
      streams: [`intake-${first}`, `deadletter-${letterId}`, `intake-${second}`],
      // Headers and errors of both refusals, the letter's headers and its two values.
      ...{ letters: 1, sealedValues: 4 + 3 },
    });
    expect((receipt?.data as { keyIds: unknown[] }).keyIds).toHaveLength(3);
    expect(await world.openIntake(second)).toBe('erased');
    expect(await receiptsOf(world, second)).toHaveLength(1);
    expect(await listed(world)).toEqual([]);
  });

  it('stays while its letter is open, or while others have not read it, and says so', async () => {
    const world = await retentionWorld();
    const passedOn = await world.store.lastPosition();
    const intakeId = await refused(world);
    await world.runOnce({ passedOn: () => Promise.resolve(passedOn) });
    expect((await world.retentionView()).last?.kept).toMatchObject({ unread: 1, openLetter: 0 });
    const { isReadable } = await withLetter(world, []);
    await world.runOnce();
    expect((await world.retentionView()).last?.kept).toMatchObject({ unread: 0, openLetter: 1 });
    expect(await world.openIntake(intakeId)).toMatchObject({ errors });
    expect(await isReadable()).toBe(true);
    expect(await listed(world)).toEqual([intakeId]);
  });

  it('leaves its letter to the instance that it became', async () => {
    const world = await retentionWorld();
    const instanceId = await world.received('mended');
    await refused(world);
    const { type, data } = letter.resolved(1, 1);
    const resolved = { type, data: { ...data, instanceId } } as const;
    const life = [letter.selected(), letter.redriveStarted(1, 1), resolved];
    const { isReadable } = await withLetter(world, life, true);
    await world.runOnce({ now: () => Date.now() + DAYS * DAY_MS - 60_000 });
    expect(await receiptsOf(world, refusedCommand())).toEqual([]);
    await world.holdInstance(instanceId, { reason: 'a court asks for it' }, context);
    await world.runOnce();
    expect(await receiptsOf(world, refusedCommand())).toHaveLength(1);
    expect(await isReadable()).toBe(true);
    await world.liftInstanceHold(instanceId, { reason: 'it was asked' }, context);
    await world.runOnce();
    await world.erase();
    expect(await isReadable()).toBe(false);
  });

  it('is done again where the process was killed between the keys and the receipt, with one receipt', async () => {
    const world = await retentionWorld();
    const intakeId = await refused(world);
    const { notErased } = await world.runOnce({
      instead: (_stream, types) =>
        types.includes('IntakeErased') ? Promise.reject(new Error('killed')) : undefined,
    });
    expect(notErased).toEqual([intakeId]);
    expect((await world.retentionView()).last).toMatchObject({ failed: 1, deleted: 0 });
    expect(await world.openIntake(intakeId)).toBe('erased');
    expect(await listed(world)).toEqual([intakeId]);
    expect((await world.runOnce()).erased).toBe(1);
    expect((await world.runOnce()).erased).toBe(0);
    expect(await receiptsOf(world, intakeId)).toHaveLength(1);
    expect(await listed(world)).toEqual([]);
  });

  it('keeps no other from going where it cannot be erased', async () => {
    const world = await retentionWorld();
    const stuck = await refused(world);
    const other = await refused(world, 1);
    const { notErased, erased } = await world.runOnce({
      instead: (stream, types) =>
        stream === `intake-${stuck}` && types.includes('IntakeErased')
          ? Promise.resolve({ kind: 'refused', code: 'storage_full', detail: 'no room' })
          : undefined,
    });
    expect([notErased, erased]).toEqual([[stuck], 1]);
    expect(await receiptsOf(world, other)).toHaveLength(1);
  });

  it('stays erased when its record comes again, and may still become an instance', async () => {
    const world = await retentionWorld();
    const intakeId = await refused(world);
    await world.runOnce({ now: () => Date.parse(daysAgo(-1)) });
    const again = { ...context, commandId: intakeId };
    expect(await world.refuseIntake({ headers: headersWith(), errors }, again)).toMatchObject({
      replayed: true,
    });
    expect(await receiptsOf(world, intakeId)).toHaveLength(1);
    expect(await world.openIntake(intakeId)).toBe('erased');
    const input = { headers: headersWith(), value: objectWith('understood by now') };
    const { instanceId } = valueOf(await world.receiveInstance(input, again));
    await world.caughtUp();
    expect(await listed(world)).toEqual([instanceId]);
  });
});
