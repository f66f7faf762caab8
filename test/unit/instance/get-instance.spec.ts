import { describe, expect, it } from 'vitest';
import { singlesAt } from '../../../src/queries/as-of/singles-at.ts';
import { getInstanceHistory } from '../../../src/queries/instance/get-instance-history.ts';
import { getInstance } from '../../../src/queries/instance/get-instance.ts';
import { context, headersWith, instanceWorld, objectWith, valueOf } from '../../support/instance-world.ts';

const world = async () => {
  const made = await instanceWorld();
  const { store, keys } = made;
  return { ...made, get: getInstance({ store, keys }), history: getInstanceHistory({ store, keys }) };
};
const errors = [{ errorCode: 'NO_CASE', args: { case: '2026-1' } }];

describe('one instance', () => {
  it('is shown as it came, however deep, its ids exact', async () => {
    const { get, receiveInstance } = await world();
    const value = objectWith('outer', { parts: [objectWith('inner', { leaves: [objectWith('leaf')] })] });
    const headers = headersWith();
    const { instanceId } = valueOf(await receiveInstance({ headers, value }, context));
    expect(await get(instanceId)).toMatchObject({
      ...{ id: instanceId, status: 'IN_PROGRESS', storageStatus: 'STORED', revision: 1 },
      ...{ headers, value, integrationId: '9007199254740993' },
    });
    expect(await get('99')).toBeUndefined();
  });

  it('shows no values from its deletion on, also while its key is there', async () => {
    const { get, received, deleteInstance } = await world();
    const id = await received('secret');
    await deleteInstance(id, { reason: 'asked for' }, context);
    const view = await get(id);
    expect(view).toMatchObject({
      headers: null,
      value: null,
      deletionReason: 'requested',
      status: 'IN_PROGRESS',
    });
    expect(JSON.stringify(view)).not.toContain('secret');
  });

  it('shows no values of before its deletion either, also while its key is there', async () => {
    const { received, deleteInstance, store, keys } = await world();
    const id = await received('secret');
    const moment = { position: await store.lastPosition(), time: null, recordedAt: null, isExact: true };
    const then = singlesAt({ log: store, keys }, moment);
    expect(JSON.stringify(await then.getInstance(id))).toContain('secret');
    await deleteInstance(id, { reason: 'asked for' }, context);
    const gone = { headers: null, value: null, storageStatus: 'STORED', deletedAt: null };
    expect(await then.getInstance(id)).toMatchObject(gone);
  });

  it('shows no values once its key is destroyed', async () => {
    const { get, received, destroyKeyOf } = await world();
    const id = await received('secret');
    await destroyKeyOf(id);
    expect(await get(id)).toMatchObject({ headers: null, value: null, storageStatus: 'STORED' });
  });
});

describe('the history of an instance', () => {
  const lived = async () => {
    const made = await world();
    const id = await made.received('x');
    await made.reportInstanceError(id, { category: 'mapping', errors }, context);
    await made.settleInstance(
      id,
      { as: 'manually-rejected', reason: 'no such case', archiveInstanceId: 'a/7' },
      context,
    );
    await made.holdInstance(id, { reason: 'a court' }, context);
    await made.liftInstanceHold(id, { reason: 'done' }, context);
    await made.deleteInstance(id, { reason: 'asked for' }, context);
    return { ...made, id };
  };

  it('tells what happened, who did it, and how it stood from then on', async () => {
    const { history, id } = await lived();
    const found = await history(id);
    expect(found?.items.map(({ category, status }) => [category, status])).toEqual([
      ['received', 'IN_PROGRESS'],
      ['registered', 'IN_PROGRESS'],
      ['mapping-error', 'FAILED'],
      ['manually-rejected', 'ABORTED'],
      ['held', 'ABORTED'],
      ['hold-lifted', 'ABORTED'],
      ['deleted', 'ABORTED'],
    ]);
    const [, , failed, settled, held, , deleted] = found?.items ?? [];
    expect(failed?.details).toMatchObject({ errors, isErased: false });
    expect(settled).toMatchObject({ actor: context.actor, revision: 3 });
    expect(settled?.details).toMatchObject({ reason: 'no such case', archiveInstanceId: 'a/7' });
    expect(held?.details.reason).toBe('a court');
    expect(deleted?.details).toMatchObject({ deletionReason: 'requested', reason: 'asked for' });
  });

  it('tells of retries under which correlation id they went out', async () => {
    const { history, received, retryInstance } = await world();
    const id = await received('x');
    const { correlationId } = valueOf(await retryInstance(id, context));
    const entry = (await history(id))?.items.at(-1);
    expect(entry).toMatchObject({ category: 'retry-requested', details: { correlationId, batchId: null } });
  });

  it('keeps everything but what was sealed once the key is destroyed', async () => {
    const { history, id, destroyKeyOf } = await lived();
    await destroyKeyOf(id);
    const found = await history(id);
    expect(found?.items).toHaveLength(7);
    expect(found?.items[2]?.details).toMatchObject({ errors: null, isErased: true });
    expect(found?.items[3]?.details).toMatchObject({ archiveInstanceId: null, isErased: true });
    expect(found?.items[4]?.details).toMatchObject({ reason: 'a court', isErased: false });
  });

  it('is not there for an unknown one', async () => {
    const { history } = await world();
    expect(await history('99')).toBeUndefined();
  });
});
