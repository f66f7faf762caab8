import { describe, expect, it } from 'vitest';
import { openPayloads } from '../../../src/commands/replay/open-payloads.ts';
import { inputContext, resultContext } from '../../../src/domain/saga/seal-context.ts';
import { valueContext } from '../../../src/domain/dead-letter/seal-context.ts';
import type { StoredEvent } from '../../../src/infra/event-store/port.ts';
import { context, instanceWorld } from '../../support/instance-world.ts';
import { readAllOf } from '../../support/events.ts';
import { logOf } from '../../support/read-models.ts';
import { started } from '../../support/saga-events.ts';
import { sequential, step } from '../../support/saga-builders.ts';

const FLOW = '0191e1f0-0000-7000-8000-000000000001';

const withData = (stream: string, type: string, data: object): StoredEvent => {
  const [event] = logOf([stream, started(sequential([step('a')]))]);
  if (event === undefined) throw new Error('no event');
  return { ...event, type, data };
};

describe('payloads that are opened for a replay', () => {
  it('are those of runs, of whatever bytes they are', async () => {
    const { keys, instances } = await instanceWorld();
    const open = openPayloads({ keys, instances });
    const keyId = await keys.reserve();
    const input = await keys.seal(keyId, inputContext(FLOW), Buffer.from('{"a":1}'));
    const result = await keys.seal(keyId, resultContext(FLOW, 'a', 'do'), Uint8Array.of(0xff, 0));
    const begun = await open(withData(`saga-${FLOW}`, 'SagaStarted', { input, orchName: 'x' }));
    expect(begun.data).toEqual({ input: { text: '{"a":1}' }, orchName: 'x' });
    const succeeded = { step: 'a', action: 'do', result };
    const ended = await open(withData(`saga-${FLOW}`, 'StepSucceeded', succeeded));
    expect(ended.data).toEqual({ ...succeeded, result: { base64: '/wA=' } });
    await keys.destroy([keyId]);
    const gone = await open(withData(`saga-${FLOW}`, 'StepSucceeded', succeeded));
    expect(gone.data).toEqual({ ...succeeded, result: { gone: 'erased' } });
  });

  it('are those of dead letters, each edition by itself', async () => {
    const { keys, instances } = await instanceWorld();
    const open = openPayloads({ keys, instances });
    const value = await keys.seal(await keys.reserve(), valueContext(FLOW, 2), Buffer.from('v'));
    const event = withData(`deadletter-${FLOW}`, 'LetterEdited', { edition: 2, value });
    expect((await open(event)).data).toEqual({ edition: 2, value: { text: 'v' } });
  });

  it('say that they cannot be read where they were altered', async () => {
    const { keys, instances } = await instanceWorld();
    const elsewhere = await keys.seal(await keys.reserve(), 'elsewhere', Buffer.from('x'));
    const event = withData(`saga-${FLOW}`, 'SagaStarted', { input: elsewhere });
    const opened = await openPayloads({ keys, instances })(event);
    expect(opened.data).toEqual({ input: { gone: 'unreadable' } });
  });

  it('are those of instances, until they are deleted', async () => {
    const world = await instanceWorld();
    const open = openPayloads(world);
    const id = await world.received('a title');
    const all = async () => (await readAllOf(world.store, { max: 100 })).map(open);
    const texts = JSON.stringify(await Promise.all(await all()));
    expect(texts).toContain('a title');
    expect(texts).toContain('case-2026-1');
    await world.deleteInstance(id, { reason: 'asked for' }, context);
    const after = JSON.stringify(await Promise.all(await all()));
    expect(after).not.toContain('a title');
    expect(after).toContain('"gone":"erased"');
  });

  it('leave alone what holds none', async () => {
    const { keys, instances } = await instanceWorld();
    const event = withData(`saga-${FLOW}`, 'SagaPaused', { since: 1 });
    expect(await openPayloads({ keys, instances })(event)).toBe(event);
  });
});
