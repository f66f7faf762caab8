import { describe, expect, it } from 'vitest';
import type { CallContext } from '../../../src/commands/context.ts';
import type { InstanceObject } from '../../../src/commands/instance/handlers.ts';
import { cannotBeRead } from '../../../src/domain/damage.ts';
import { intakeStream } from '../../../src/domain/intake/aggregate.ts';
import { MAX_INT64 } from '../../../src/domain/int64.ts';
import { INSTANCE_IDS } from '../../../src/domain/sequence/aggregate.ts';
import { START } from '../../../src/infra/event-store/port.ts';
import {
  context,
  headersWith,
  instanceWorld,
  keyed,
  objectWith,
  valueOf,
} from '../../support/instance-world.ts';
import { intakeAt } from '../../support/instances.ts';

const input = (title = 'a form', headers = headersWith()) => ({ headers, value: objectWith(title) });
const fromRecord: CallContext = { ...context, commandId: intakeAt(3) };

const nested = (levels: number): InstanceObject =>
  levels === 0 ? objectWith('leaf') : objectWith('branch', { children: [nested(levels - 1)] });

describe('an instance that is taken in', () => {
  it('has an id, and is registered in the append it is received in', async () => {
    const world = await instanceWorld();
    const result = await world.receiveInstance(input(), context);
    expect(valueOf(result)).toEqual({ instanceId: '1' });
    const [received, registered] = await world.eventsOf('instance-1');
    expect([received?.type, registered?.type]).toEqual(['InstanceReceived', 'InstanceRegistered']);
    expect(result).toMatchObject({ position: registered?.position, replayed: false });
    expect(received?.data).toMatchObject({
      ...{ sourceApplicationId: '4', sourceApplicationIntegrationId: 'form-7' },
      ...{ integrationId: '9007199254740993', correlationId: headersWith().correlationId, createdAt: null },
    });
    expect(received?.metadata).toMatchObject({
      ...{ correlationId: headersWith().correlationId, owner: 'erik' },
    });
  });

  it('is not what is damaged where the ids are: its record waits, and is no dead letter', async () => {
    const world = await instanceWorld();
    const refused = { kind: 'refused', code: 'integrity', detail: 'another hash' } as const;
    const { receiveInstance } = world.process({
      instead: (stream) => (stream === INSTANCE_IDS ? Promise.resolve(refused) : undefined),
    });
    const failure: unknown = await receiveInstance(input(), fromRecord).catch((error: unknown) => error);
    expect(failure).toMatchObject({ name: 'IdsDamaged', cause: { name: 'LogDamaged' } });
    expect(cannotBeRead(failure)).toBe(false);
  });

  it('opens as it came, with its id in the headers', async () => {
    const world = await instanceWorld();
    const value = objectWith('a form', { persons: [objectWith('Ada'), objectWith('Grace', { roles: [] })] });
    await world.receiveInstance({ headers: headersWith(), value }, context);
    const [received] = await world.eventsOf('instance-1');
    const createdAt = received?.metadata.recordedAt;
    const opened = { instanceId: '1', value, headers: { ...headersWith(), instanceId: '1' }, createdAt };
    expect(await world.openInstance('1')).toEqual(opened);
    expect(await world.openRegistered('1')).toEqual(opened);
    expect(await world.flowHeadersOf('1')).toEqual(opened.headers);
  });

  it('leaves nothing of its content in the clear', async () => {
    const world = await instanceWorld();
    await world.receiveInstance(input('canary'), keyed('k'));
    const text = JSON.stringify(await world.eventsOf('instance-1'));
    expect(text).not.toContain('canary');
    expect(text).not.toContain('case-2026-1');
  });

  it('keeps when it was made, where its sender says so', async () => {
    const world = await instanceWorld();
    const createdAt = '2025-01-01T00:00:00.000Z';
    await world.receiveInstance({ ...input(), createdAt }, context);
    expect((await world.eventsOf('instance-1'))[0]?.data).toMatchObject({ createdAt });
    expect(await world.openRegistered('1')).toMatchObject({ createdAt });
  });

  it('belongs to the conversation of its caller, where that has one', async () => {
    const world = await instanceWorld();
    await world.receiveInstance(input(), { ...context, correlationId: 'call-1' });
    const [received] = await world.eventsOf('instance-1');
    expect(received?.metadata.correlationId).toBe('call-1');
    expect(received?.data).toMatchObject({ correlationId: headersWith().correlationId });
  });
});

describe('the same delivery again', () => {
  it.each([
    ['with its Idempotency-Key', keyed('k')],
    ['as the same record', fromRecord],
  ])('is the same instance: %s', async (_name, call) => {
    const world = await instanceWorld();
    const first = await world.receiveInstance(input(), call);
    const again = await world.receiveInstance(input(), call);
    const elsewhere = await world.process().receiveInstance(input(), call);
    expect([first, again, elsewhere].map(valueOf)).toEqual([1, 2, 3].map(() => ({ instanceId: '1' })));
    expect(again).toEqual({ ...first, replayed: true });
    expect(await world.typesOf('1')).toHaveLength(2);
    expect(await world.typesOf('2')).toEqual([]);
  });

  it('is refused with another body under its key', async () => {
    const world = await instanceWorld();
    await world.receiveInstance(input(), keyed('k'));
    const reused = { kind: 'rejected', code: 'idempotency_key_reused' };
    const createdAt = '2025-01-01T00:00:00.000Z';
    expect(await world.receiveInstance(input('another'), keyed('k'))).toMatchObject(reused);
    expect(await world.receiveInstance({ ...input(), createdAt }, keyed('k'))).toMatchObject(reused);
    const headers = headersWith({ sourceApplicationId: '5' });
    expect(await world.receiveInstance(input('a form', headers), keyed('k'))).toMatchObject(reused);
  });

  it('is another instance under the same key of somebody else', async () => {
    const world = await instanceWorld();
    await world.receiveInstance(input(), keyed('k'));
    const other: CallContext = { ...keyed('k'), actor: { ...context.actor, id: 'leif' } };
    expect(valueOf(await world.receiveInstance(input(), other))).toEqual({ instanceId: '2' });
  });

  it('is one instance where it comes to several at the same time', async () => {
    const world = await instanceWorld();
    const processes = Array.from({ length: 4 }, () => world.process());
    const results = await Promise.all(
      processes.flatMap(({ receiveInstance }) => [1, 2].map(() => receiveInstance(input(), keyed('k')))),
    );
    const ids = results.map((result) => valueOf(result).instanceId);
    expect(new Set(ids).size).toBe(1);
    expect(await world.typesOf(ids[0] ?? '')).toEqual(['InstanceReceived', 'InstanceRegistered']);
    const { events } = await world.store.readAll({ after: START, categories: ['instance'], max: 100 });
    expect(events).toHaveLength(2);
  });

  it('finds its id also once the instance is erased', async () => {
    const world = await instanceWorld();
    await world.receiveInstance(input(), keyed('k'));
    await world.deleteInstance('1', { reason: 'asked for' }, context);
    await world.destroyKeyOf('1');
    const again = await world.receiveInstance(input(), keyed('k'));
    expect(again).toMatchObject({ value: { instanceId: '1' }, replayed: true });
    expect(await world.typesOf('1')).toEqual(['InstanceReceived', 'InstanceRegistered', 'InstanceDeleted']);
  });
});

describe('an object beyond the limits', () => {
  it('is refused where it is longer than 256 KiB of JSON', async () => {
    const world = await instanceWorld();
    const frame = JSON.stringify(objectWith('')).length;
    const most = 256 * 1024 - frame;
    expect(await world.receiveInstance(input('x'.repeat(most + 1)), context)).toMatchObject({
      ...{ kind: 'rejected', code: 'too_large' },
    });
    expect(await world.receiveInstance(input('x'.repeat(3 * most)), context)).toMatchObject({
      code: 'too_large',
    });
    expect(valueOf(await world.receiveInstance(input('x'.repeat(most)), context))).toEqual({
      instanceId: '1',
    });
    expect(await world.openInstance('1')).toMatchObject({ value: objectWith('x'.repeat(most)) });
  });

  it('is refused where its JSON has more than 32 levels', async () => {
    const world = await instanceWorld();
    const headers = headersWith();
    expect(await world.receiveInstance({ headers, value: nested(10) }, context)).toMatchObject({
      kind: 'done',
    });
    for (const value of [nested(11), nested(40)])
      expect(await world.receiveInstance({ headers, value }, context)).toMatchObject({ code: 'too_large' });
  });

  it('is refused where JSON cannot hold it', async () => {
    const world = await instanceWorld();
    expect(await world.receiveInstance(input('\ud800'), context)).toMatchObject({
      ...{ kind: 'rejected', code: 'invalid_input', pointer: '/valuePerKey/title' },
    });
  });

  it('costs no id', async () => {
    const world = await instanceWorld();
    await world.receiveInstance(input('x'.repeat(300_000)), context);
    expect(await world.received('a form')).toBe('1');
  });
});

describe('ids', () => {
  it('grow one by one, across blocks, and are never given twice', async () => {
    const world = await instanceWorld();
    await world.skipTo('9007199254740990');
    const [one, two] = [world, world.process()];
    const ids: string[] = [];
    for (let count = 0; count < 5; count += 1) ids.push(await one.received(`form ${String(count)}`));
    expect(ids).toEqual([1, 2, 3, 4, 5].map((more) => String(9007199254740990n + BigInt(more))));
    expect(valueOf(await two.receiveInstance(input(), context)).instanceId).toBe('9007199254741991');
    expect(await one.received('form 6')).toBe('9007199254740996');
  });

  it('end with the last 64-bit integer', async () => {
    const world = await instanceWorld();
    await world.skipTo(String(MAX_INT64 - 2n));
    expect([await world.received('a'), await world.received('b')]).toEqual([
      '9223372036854775806',
      '9223372036854775807',
    ]);
    const result = await world.receiveInstance(input(), keyed('k'));
    expect(result).toMatchObject({ kind: 'rejected', code: 'ids_exhausted' });
  });
});

describe('a delivery that cannot be registered', () => {
  const refusal = {
    headers: headersWith(),
    errors: [
      { errorCode: 'BAD', args: { field: 'title' } },
      { errorCode: 'WORSE', args: null },
    ],
  };

  it('is recorded once, with what its sender is told', async () => {
    const world = await instanceWorld();
    const first = await world.refuseIntake(refusal, fromRecord);
    const again = await world.process().refuseIntake(refusal, fromRecord);
    expect(again).toEqual({ ...first, replayed: true });
    const events = await world.eventsOf(intakeStream(intakeAt(3)));
    expect(events.map(({ type }) => type)).toEqual(['IntakeRefused']);
    expect(JSON.stringify(events)).not.toContain('case-2026-1');
    expect(await world.openIntake(intakeAt(3))).toEqual(refusal);
  });

  it('is recorded after an id was allocated, too', async () => {
    const world = await instanceWorld();
    await world.receiveInstance(input(), fromRecord);
    expect(valueOf(await world.refuseIntake(refusal, fromRecord))).toBeNull();
    expect(await world.openIntake(intakeAt(3))).toEqual(refusal);
  });

  it('can be taken in later: a redelivery that is understood by then', async () => {
    const world = await instanceWorld();
    await world.refuseIntake(refusal, fromRecord);
    expect(valueOf(await world.receiveInstance(input(), fromRecord))).toEqual({ instanceId: '1' });
  });

  it('is no longer told once its key is destroyed', async () => {
    const world = await instanceWorld();
    expect(await world.openIntake(intakeAt(3))).toBeUndefined();
    await world.refuseIntake(refusal, fromRecord);
    const { state } = await world.intakes.load(intakeStream(intakeAt(3)));
    await world.keys.destroy(state.refusal === null ? [] : [state.refusal.keyId]);
    expect(await world.openIntake(intakeAt(3))).toBe('erased');
  });

  it('is refused with more errors than an event can hold', async () => {
    const world = await instanceWorld();
    const errors = [{ errorCode: 'x'.repeat(200_000), args: null }];
    expect(await world.refuseIntake({ ...refusal, errors }, fromRecord)).toMatchObject({ code: 'too_large' });
  });
});
