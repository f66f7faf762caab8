import { describe, expect, it } from 'vitest';
import type { ClaimDeps } from '../../../src/commands/task/claim-tasks.ts';
import { createDirectory } from '../../../src/commands/task/directory.ts';
import { openTaskSource } from '../../../src/commands/task/task-source.ts';
import { sagaStream } from '../../../src/domain/saga/aggregate.ts';
import { flowAt } from '../../support/read-models.ts';
import { sequential, step } from '../../support/saga-builders.ts';
import { serving } from '../../support/serving.ts';
import { timerWorld } from '../../support/timer-world.ts';

const DEFINITION = sequential([step('create')]);

/** A source for a service, and runs whose only step that service is to do. */
const sourceWorld = async (more: Pick<ClaimDeps, 'traceparentOf'> = {}) => {
  const world = timerWorld();
  const directory = createDirectory();
  await world.define('tenant', DEFINITION);
  await world.startEngine();
  const start = (number: number) => world.started(number, 'tenant', DEFINITION);
  const register = (): void => directory.update('tenant', serving({ 'the-service': ['create'] }));
  const source = openTaskSource({
    ...world.deps,
    ...{ directory, leaseMs: 30_000, onUnreadable: () => undefined, ...more },
  })({
    service: 'the-service',
  });
  return { ...world, source, start, register };
};

describe('a source of tasks', () => {
  it('waits for a registration, then for offers, and claims what is there', async () => {
    const { source, start, register, settled } = await sourceWorld();
    let isOffered = false;
    const waiting = source.offered().then(() => (isOffered = true));
    await start(1);
    await settled();
    expect(isOffered).toBe(false);
    expect(await source.claim(10)).toEqual([]);
    register();
    await waiting;
    expect(await source.claim(10)).toMatchObject([{ flowId: flowAt(1), stepName: 'create', attempt: 1 }]);
    const again = source.offered();
    await start(2);
    await again;
    await settled();
    expect(await source.claim(10)).toMatchObject([{ flowId: flowAt(2) }]);
  });

  it('says of each task which span its attempt is, where anybody is told of spans', async () => {
    const claimed = async (more: Pick<ClaimDeps, 'traceparentOf'>) => {
      const { deps, source, start, register, settled } = await sourceWorld(more);
      register();
      await start(1);
      await settled();
      const { origin } = await deps.sagas.load(sagaStream(flowAt(1)));
      const [task] = await source.claim(1);
      return { task, conversation: origin?.correlationId };
    };
    expect((await claimed({})).task).not.toHaveProperty('traceparent');
    const { task, conversation } = await claimed({
      traceparentOf: (given, { flowId, step, action, attempt }) =>
        [given, flowId, step, action, attempt].join(),
    });
    expect(task?.traceparent).toBe(`${conversation},${flowAt(1)},create,do,1`);
  });

  it('says at once that there is more than was asked for', async () => {
    const { source, start, register, settled } = await sourceWorld();
    register();
    for (const number of [1, 2, 3]) await start(number);
    await settled();
    await source.offered();
    expect(await source.claim(2)).toHaveLength(2);
    await source.offered();
    expect(await source.claim(2)).toHaveLength(1);
  });

  it('ends waiting when it is closed', async () => {
    const { source, register } = await sourceWorld();
    register();
    const waiting = source.offered();
    source.close();
    await waiting;
    await source.offered();
  });
});
