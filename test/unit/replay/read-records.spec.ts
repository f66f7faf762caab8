import { describe, expect, it } from 'vitest';
import { openPayloads } from '../../../src/commands/replay/open-payloads.ts';
import { readRecords } from '../../../src/commands/replay/read-records.ts';
import { createReplaySinks } from '../../../src/infra/replay/sinks.ts';
import { readAllOf } from '../../support/events.ts';
import { context, instanceWorld } from '../../support/instance-world.ts';
import { replayWorld } from '../../support/replay-world.ts';
import { SESSION } from '../../support/replays.ts';

describe('what a sink shows of sealed payloads', () => {
  it('is opened when somebody looks, and so nothing of what was erased since', async () => {
    const world = await instanceWorld();
    const id = await world.received('a title');
    const sinks = createReplaySinks();
    const sink = sinks.open(SESSION);
    await sink.deliver(await readAllOf(world.store, { max: 100 }), new AbortController().signal);
    const read = readRecords({ sinks, open: openPayloads(world) });
    const texts = async (payloads: 'sealed' | 'opened') => JSON.stringify(await read(SESSION, payloads));
    expect(await texts('opened')).toContain('a title');
    expect(await texts('sealed')).not.toContain('a title');
    await world.deleteInstance(id, { reason: 'asked for' }, context);
    const after = await texts('opened');
    expect(after).not.toContain('a title');
    expect(after).toContain('"gone":"erased"');
    expect(await read(crypto.randomUUID(), 'opened')).toBeUndefined();
  });

  it.each([
    [{ kind: 'sink' }, {}],
    [{ kind: 'topic', name: 'x' }, 'opened'],
  ])(
    'is delivered as it is stored; to %j payloads are delivered as they were asked for',
    async (target, data) => {
      const world = replayWorld({ open: (event) => Promise.resolve({ ...event, data: 'opened' }) });
      await world.write('saga-1', 'StepSucceeded');
      await world.run(await world.started({ target, payloads: 'opened', filter: { categories: ['saga'] } }));
      expect(world.taken.map((event) => event.data)).toEqual([data]);
    },
  );
});
