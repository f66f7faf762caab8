import { describe, expect, it } from 'vitest';
import { getInstanceHistory } from '../../src/queries/instance/get-instance-history.ts';
import { getInstance } from '../../src/queries/instance/get-instance.ts';
import { runInProcess } from '../support/cli-in-process.ts';
import { context, instanceWorld } from '../support/instance-world.ts';
import * as instance from '../support/instances.ts';
import { logOf, queriesOver } from '../support/read-models.ts';
import { edge } from './edge.ts';

const world = async () => {
  const made = await instanceWorld();
  const { store, keys } = made;
  const app = await edge({
    ...made,
    getInstance: getInstance({ store, keys }),
    getInstanceHistory: getInstanceHistory({ store, keys }),
  });
  const url = await app.listen({ host: '127.0.0.1', port: 0 });
  const cli = (args: readonly string[], answer?: boolean) =>
    runInProcess(['instance', ...args], { url, ...(answer === undefined ? {} : { answer }) });
  return { ...made, cli };
};

describe('skald instance', () => {
  it('lists instances, those that fit', async () => {
    const failed = [instance.received(), instance.registered, instance.errorReported('mapping')];
    const log = logOf(...failed.map((event) => ['instance-7', event] as const), [
      'instance-8',
      instance.received(),
    ]);
    const { queries } = await queriesOver(log);
    const app = await edge({}, { queries });
    const url = await app.listen({ host: '127.0.0.1', port: 0 });
    const list = await runInProcess(['instance', 'list', '--status', 'FAILED'], { url });
    expect(list).toMatchObject({ exitCode: 0, stderr: '' });
    expect(list.stdout).toMatch(/^7 +FAILED +mapping-error +STORED +4 +12 +false/m);
    expect(list.stdout).not.toMatch(/^8 /m);
  });

  it('shows one with its value, and its history', async () => {
    const { cli, received, retryInstance } = await world();
    const id = await received('a title');
    await retryInstance(id, context);
    const shown = await cli(['get', id]);
    expect(shown).toMatchObject({ exitCode: 0, stderr: '' });
    expect(shown.stdout).toMatch(/^STATUS +IN_PROGRESS$/m);
    expect(shown.stdout).toContain('"title": "a title"');
    const history = await cli(['history', id]);
    expect(history.stdout).toMatch(/^2 +\S+ +erik +retry-requested +IN_PROGRESS/m);
    expect(await cli(['get', '99'])).toMatchObject({ exitCode: 3 });
  });

  it('sends one or many out again', async () => {
    const { cli, received } = await world();
    const [one, two] = [await received('a'), await received('b')];
    expect(await cli(['retry', one])).toMatchObject({ exitCode: 0 });
    expect(await cli(['retry', one, two])).toMatchObject({
      exitCode: 2,
      stderr: expect.stringContaining('send 2 instances out again?') as unknown,
    });
    const many = await cli(['retry', one, '99', two, '--yes']);
    expect(many).toMatchObject({ exitCode: 1, stderr: 'skald: 1 of 3 could not be sent out again\n' });
    expect(many.stdout).toMatch(/^99 +not-found +-$/m);
    expect(await cli(['retry', '99'])).toMatchObject({ exitCode: 3 });
  });

  it('settles one that failed', async () => {
    const { cli, received, reportInstanceError, typesOf } = await world();
    const id = await received('x');
    expect(await cli(['settle', id, '--as', 'manually-processed'])).toMatchObject({ exitCode: 2 });
    await reportInstanceError(id, { category: 'mapping', errors: [] }, context);
    expect(await cli(['settle', id, '--as', 'manually-processed'])).toMatchObject({ exitCode: 0 });
    expect(await typesOf(id)).toContain('InstanceSettled');
    expect(await cli(['settle', id, '--as', 'lost'])).toMatchObject({ exitCode: 2 });
  });

  it('holds one, and deletes it only once the hold is lifted, and only when asked twice', async () => {
    const { cli, received, typesOf } = await world();
    const id = await received('x');
    const why = ['--reason', 'a court'];
    expect(await cli(['hold', id, ...why])).toMatchObject({ exitCode: 0 });
    const held = await cli(['delete', id, ...why], true);
    expect(held).toMatchObject({ exitCode: 4, asked: [`delete instance ${id} for good?`] });
    expect(await cli(['lift-hold', id, ...why])).toMatchObject({ exitCode: 0 });
    expect(await cli(['delete', id, ...why], false)).toMatchObject({ exitCode: 1 });
    expect(await typesOf(id)).not.toContain('InstanceDeleted');
    expect(await cli(['delete', id, '--yes', ...why])).toMatchObject({ exitCode: 0, asked: [] });
    expect(await typesOf(id)).toContain('InstanceDeleted');
    expect(await cli(['hold', id])).toMatchObject({ exitCode: 2 });
  });
});
