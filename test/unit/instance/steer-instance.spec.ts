import { describe, expect, it } from 'vitest';
import type { CallContext } from '../../../src/commands/context.ts';
import { context, headersWith, instanceWorld, keyed, valueOf } from '../../support/instance-world.ts';
import { correlationAt, intakeAt } from '../../support/instances.ts';

const errors = [{ errorCode: 'NO_MAPPING', args: { field: 'title' } }];
const fromRecord: CallContext = { ...context, commandId: intakeAt(5) };
const lastHeaders = headersWith({ correlationId: correlationAt(7), archiveInstanceId: '2026/7' });

describe('a dispatched instance', () => {
  it('is deleted at once, and announced with the headers it was passed on with', async () => {
    const world = await instanceWorld();
    const instanceId = await world.received('a form');
    expect(await world.openDeletion(instanceId)).toBeUndefined();
    const first = await world.dispatchInstance(instanceId, { headers: lastHeaders }, fromRecord);
    const again = await world.process().dispatchInstance(instanceId, { headers: lastHeaders }, fromRecord);
    expect(again).toEqual({ ...first, replayed: true });
    const types = ['InstanceDispatched', 'InstanceDeleted'];
    expect((await world.typesOf(instanceId)).slice(2)).toEqual(types);
    await world.dispatchInstance(instanceId, { headers: null }, context);
    expect((await world.typesOf(instanceId)).slice(2)).toEqual(types);
    expect(await world.openDeletion(instanceId)).toEqual({ ...lastHeaders, instanceId });
    expect(JSON.stringify(await world.eventsOf(`instance-${instanceId}`))).not.toContain('2026/7');
  });

  it('is announced with the headers it came with where it was passed on without any', async () => {
    const world = await instanceWorld();
    const instanceId = await world.received('a form');
    await world.dispatchInstance(instanceId, { headers: null }, context);
    expect(await world.openDeletion(instanceId)).toEqual({ ...headersWith(), instanceId });
    await world.destroyKeyOf(instanceId);
    expect(await world.openDeletion(instanceId)).toBe('erased');
  });

  it('cannot be opened any more but by who has yet to tell of its registration', async () => {
    const world = await instanceWorld();
    const instanceId = await world.received('a form');
    await world.dispatchInstance(instanceId, { headers: lastHeaders }, context);
    expect(await world.openInstance(instanceId)).toBe('deleted');
    expect(await world.flowHeadersOf(instanceId)).toBeUndefined();
    expect(await world.openRegistered(instanceId)).toMatchObject({ instanceId });
    await world.destroyKeyOf(instanceId);
    expect(await world.openInstance(instanceId)).toBe('deleted');
    expect(await world.openRegistered(instanceId)).toBe('erased');
    expect(await world.openDeletion(instanceId)).toBe('erased');
  });
});

describe('an instance that is not there', () => {
  it('opens nothing and takes nothing', async () => {
    const world = await instanceWorld();
    expect(await world.openInstance('99')).toBeUndefined();
    expect(await world.openRegistered('99')).toBeUndefined();
    expect(await world.openDeletion('99')).toBeUndefined();
    expect(await world.flowHeadersOf('99')).toBeUndefined();
    const reason = { reason: 'because' };
    const refused = await Promise.all([
      world.dispatchInstance('99', { headers: null }, context),
      world.progressInstance('99', { category: 'mapped' }, context),
      world.reportInstanceError('99', { category: 'mapping', errors }, context),
      world.settleInstance('99', { as: 'manually-rejected' }, context),
      world.holdInstance('99', reason, context),
      world.liftInstanceHold('99', reason, context),
      world.deleteInstance('99', reason, context),
    ]);
    for (const result of refused)
      expect(result).toMatchObject({ kind: 'rejected', code: 'unknown_instance' });
    expect(await world.typesOf('99')).toEqual([]);
  });
});

describe('what others report of an instance', () => {
  it('becomes its history, each report once', async () => {
    const world = await instanceWorld();
    const instanceId = await world.received('a form');
    const report = { category: 'mapping' as const, errors };
    await world.progressInstance(instanceId, { category: 'mapped' }, context);
    await world.reportInstanceError(instanceId, report, fromRecord);
    await world.reportInstanceError(instanceId, report, fromRecord);
    await world.reportInstanceError(instanceId, report, context);
    expect((await world.typesOf(instanceId)).slice(2)).toEqual([
      ...['InstanceProgressed', 'InstanceErrorReported', 'InstanceErrorReported'],
    ]);
    const events = await world.eventsOf(`instance-${instanceId}`);
    expect(JSON.stringify(events)).not.toContain('NO_MAPPING');
    for (const { metadata } of events) expect(metadata.correlationId).toBe(headersWith().correlationId);
  });

  it('is kept without its words once the instance is erased', async () => {
    const world = await instanceWorld();
    const instanceId = await world.received('a form');
    await world.deleteInstance(instanceId, { reason: 'asked for' }, context);
    await world.destroyKeyOf(instanceId);
    await world.reportInstanceError(instanceId, { category: 'dispatching', errors }, keyed('k'));
    expect((await world.eventsOf(`instance-${instanceId}`)).at(-1)?.data).toEqual({
      ...{ category: 'dispatching', errors: null },
    });
    await world.dispatchInstance(instanceId, { headers: lastHeaders }, context);
    expect((await world.eventsOf(`instance-${instanceId}`)).at(-1)).toMatchObject({
      ...{ type: 'InstanceDispatched', data: { headers: null } },
    });
  });

  it('is refused where it is longer than an event can hold', async () => {
    const world = await instanceWorld();
    const instanceId = await world.received('a form');
    const long = [{ errorCode: 'E', args: { field: 'x'.repeat(200_000) } }];
    const result = await world.reportInstanceError(
      instanceId,
      { category: 'mapping', errors: long },
      context,
    );
    expect(result).toMatchObject({ kind: 'rejected', code: 'too_large' });
  });
});

describe('what a person says to an instance', () => {
  it('settles one that failed, its archive id sealed', async () => {
    const world = await instanceWorld();
    const instanceId = await world.received('a form');
    const settlement = { as: 'manually-processed', reason: 'by post', archiveInstanceId: '2026/7' } as const;
    const early = await world.settleInstance(instanceId, settlement, context);
    expect(early).toMatchObject({ code: 'instance_not_failed' });
    await world.reportInstanceError(instanceId, { category: 'dispatching', errors }, context);
    const first = await world.settleInstance(instanceId, settlement, keyed('k'));
    expect(await world.settleInstance(instanceId, settlement, keyed('k'))).toEqual({
      ...first,
      replayed: true,
    });
    const other = await world.settleInstance(instanceId, { as: 'manually-rejected' }, keyed('k'));
    expect(other).toMatchObject({ code: 'idempotency_key_reused' });
    const last = (await world.eventsOf(`instance-${instanceId}`)).at(-1);
    expect(last).toMatchObject({ data: { as: 'manually-processed', reason: 'by post' } });
    expect(JSON.stringify(last)).not.toContain('2026/7');
  });

  it('holds it, lifts the hold, deletes it', async () => {
    const world = await instanceWorld();
    const instanceId = await world.received('a form');
    const reason = { reason: 'a court asks for it' };
    valueOf(await world.holdInstance(instanceId, reason, context));
    expect(await world.deleteInstance(instanceId, reason, context)).toMatchObject({ code: 'instance_held' });
    valueOf(await world.liftInstanceHold(instanceId, reason, context));
    valueOf(await world.deleteInstance(instanceId, { reason: 'asked for' }, context));
    valueOf(await world.deleteInstance(instanceId, { reason: 'once more' }, context));
    expect((await world.typesOf(instanceId)).slice(2)).toEqual([
      ...['InstanceHeld', 'InstanceHoldLifted', 'InstanceDeleted'],
    ]);
    expect((await world.eventsOf(`instance-${instanceId}`)).at(-1)?.data).toEqual({
      ...{ reason: 'requested', headers: null, runId: null, words: 'asked for' },
    });
    expect(await world.holdInstance(instanceId, reason, context)).toMatchObject({ code: 'instance_deleted' });
  });
});
