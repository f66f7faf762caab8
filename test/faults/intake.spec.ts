import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { START } from '../../src/infra/event-store/port.ts';
import { freshDirectory } from '../support/fresh-directory.ts';
import { headersWith, instanceWorld, keyed, objectWith, valueOf } from '../support/instance-world.ts';

const SCRIPT = fileURLToPath(new URL('../support/intake-process.ts', import.meta.url));

/** Takes an instance in, in a process that is killed at one of its appends. */
const killedAt = async (dataDir: string, category: string, when: string) => {
  const child = spawn(process.execPath, [SCRIPT, dataDir, category, when], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let output = '';
  child.stdout.on('data', (chunk: Buffer) => (output += chunk.toString()));
  await once(child, 'close');
  return { output, signal: child.signalCode };
};

const typesIn = async ({ store }: Awaited<ReturnType<typeof instanceWorld>>) => {
  const categories = ['intake', 'instance'];
  const { events } = await store.readAll({ after: START, categories, max: 100 });
  return events.map(({ stream, type }) => `${stream.split('-')[0] ?? ''} ${type}`);
};

const ALLOCATED = 'intake InstanceIdAllocated';
const INSTANCE = ['instance InstanceReceived', 'instance InstanceRegistered'];

describe('a process killed while it takes an instance in', () => {
  it.each([
    { category: 'sequence', when: 'after', left: [] },
    { category: 'intake', when: 'before', left: [] },
    { category: 'intake', when: 'after', left: [ALLOCATED] },
    { category: 'instance', when: 'before', left: [ALLOCATED] },
    { category: 'instance', when: 'after', left: [ALLOCATED, ...INSTANCE] },
  ])('leaves one instance when its delivery comes again: $when the append to $category', async (fault) => {
    const dataDir = freshDirectory();
    const { output, signal } = await killedAt(dataDir, fault.category, fault.when);
    expect({ output, signal }).toEqual({ output: 'reached\n', signal: 'SIGKILL' });

    const world = await instanceWorld(dataDir);
    expect(await typesIn(world)).toEqual(fault.left);
    const allocated = (await world.store.readAll({ after: START, categories: ['intake'], max: 1 })).events[0];
    const input = { headers: headersWith(), value: objectWith('a form') };
    const { instanceId } = valueOf(await world.receiveInstance(input, keyed('the same')));
    if (fault.left.length > 0) expect(allocated?.data).toEqual({ instanceId });
    expect(valueOf(await world.receiveInstance(input, keyed('the same')))).toEqual({ instanceId });
    expect(await typesIn(world)).toEqual([ALLOCATED, ...INSTANCE]);
    expect(await world.openInstance(instanceId)).toMatchObject({ value: objectWith('a form') });
    expect(BigInt(await world.received('another'))).toBeGreaterThan(BigInt(instanceId));
  });
});
