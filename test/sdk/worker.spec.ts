import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { SkaldProblem } from '../../sdk/src/http/problem.ts';
import { valueOf } from '../../sdk/src/payload.ts';
import { LeaseLost, NonRetryable, WorkerStopped } from '../../sdk/src/worker/failure.ts';
import { step } from '../../sdk/src/worker/step.ts';
import type { StepContext } from '../../sdk/src/worker/step.ts';
import { startSkald } from '../support/skald-server.ts';
import { eventually, gate, tenantWorld, TRANSPORTS } from '../support/sdk-world.ts';

const nothing = { do: () => undefined };
const SLOW = { timeout: 60_000 };

describe.each(TRANSPORTS)('a worker by %s', (transport) => {
  it('does the steps of a run, each with what the one before it answered', SLOW, async () => {
    const world = await tenantWorld(transport);
    const seen: StepContext[] = [];
    await world.work({
      steps: {
        first: step({
          input: z.object({ name: z.string(), seats: z.coerce.number() }),
          do: ({ name, seats }, context) => {
            seen.push(context);
            return { realm: name.toUpperCase(), seats: seats + 1 };
          },
        }),
        second: step({
          input: z.object({ realm: z.string() }),
          do: ({ realm }, context) => {
            seen.push(context);
            return new TextEncoder().encode(realm);
          },
        }),
      },
    });
    const flowId = await world.start({ name: 'acme', seats: '4' });
    const run = await world.ended(flowId);
    expect(run.status).toBe('COMPLETED');
    expect(valueOf(run.result['first'] ?? '')).toEqual({ realm: 'ACME', seats: 5 });
    expect(valueOf(run.result['third'])).toBeUndefined();
    expect(valueOf(run.result['second'] ?? '')).toEqual(new TextEncoder().encode('ACME'));
    expect(seen).toMatchObject([
      { flowId, orchName: 'tenant', stepName: 'first', action: 'do', attempt: 1, results: {} },
      {
        ...{ flowId, orchName: 'tenant', stepName: 'second', action: 'do', attempt: 1 },
        results: { first: { realm: 'ACME', seats: 5 } },
      },
    ]);
    expect(world.troubles).toEqual([]);
  });

  it('works on as many tasks at once as it was told, and no more', SLOW, async () => {
    const world = await tenantWorld(transport, ['first']);
    const hold = gate();
    let [now, most] = [0, 0];
    await world.work({
      concurrency: 3,
      steps: {
        first: {
          do: async () => {
            now += 1;
            most = Math.max(most, now);
            if (now === 3) hold.open();
            await hold.opened;
            now -= 1;
          },
        },
      },
    });
    const runs = await Promise.all(Array.from({ length: 12 }, () => world.start()));
    for (const flowId of runs) expect((await world.ended(flowId)).status).toBe('COMPLETED');
    expect(most).toBe(3);
  });

  it('shows how far it is', SLOW, async () => {
    const world = await tenantWorld(transport, ['first']);
    const hold = gate();
    await world.work({
      steps: {
        first: {
          do: async (_input, { progress }) => {
            expect(() => progress('x'.repeat(5000))).toThrow(RangeError);
            progress({ percent: 40 });
            await hold.opened;
          },
        },
      },
    });
    const flowId = await world.start();
    const progress = await eventually(async () => {
      const run = await world.skald.runs.get({ flowId });
      return run.steps[0]?.do?.progress ?? undefined;
    });
    expect(progress).toEqual({ percent: 40 });
    hold.open();
    expect((await world.ended(flowId)).status).toBe('COMPLETED');
  });

  it('tells a handler that its task is not held any more', SLOW, async () => {
    const world = await tenantWorld(transport, ['first']);
    const begun = gate();
    const told = gate();
    let reason: unknown;
    await world.work({
      heartbeatMs: 50,
      steps: {
        first: {
          do: async (_input, { signal }) => {
            begun.open();
            await new Promise((resolve) => signal.addEventListener('abort', resolve));
            reason = signal.reason;
            told.open();
            signal.throwIfAborted();
          },
        },
      },
    });
    const flowId = await world.start();
    await begun.opened;
    await world.skald.runs.cancel({ flowId });
    await told.opened;
    expect(reason).toBeInstanceOf(LeaseLost);
    expect((await world.ended(flowId)).status).toBe('CANCELLED');
    expect(world.troubles).toEqual([]);
  });

  it('finishes what it holds before it stops, and takes no more', SLOW, async () => {
    const world = await tenantWorld(transport);
    const begun = gate();
    const hold = gate();
    const running = await world.work({
      steps: {
        first: {
          do: async () => {
            begun.open();
            await hold.opened;
          },
        },
        second: nothing,
      },
    });
    const flowId = await world.start();
    await begun.opened;
    const stopping = running.stop();
    hold.open();
    await stopping;
    await running.ended;
    const run = await world.skald.runs.get({ flowId });
    expect(run.steps.map((one) => one.do?.status)).toEqual(['SUCCEEDED', 'DISPATCHED']);
    await world.work({ steps: { first: nothing, second: nothing } });
    expect((await world.ended(flowId)).status).toBe('COMPLETED');
  });

  it('aborts what does not end in time, without failing it', SLOW, async () => {
    const world = await tenantWorld(transport, ['first']);
    const begun = gate();
    let reason: unknown;
    const running = await world.work({
      steps: {
        first: {
          do: async (_input, { signal }) => {
            begun.open();
            await new Promise((resolve) => signal.addEventListener('abort', resolve));
            reason = signal.reason;
            throw new Error('aborted');
          },
        },
      },
    });
    const flowId = await world.start();
    await begun.opened;
    await running.stop({ timeoutMs: 10 });
    expect(reason).toBeInstanceOf(WorkerStopped);
    expect((await world.skald.runs.get({ flowId })).steps[0]?.do).toMatchObject({
      status: 'DISPATCHED',
      attempt: 1,
    });
  });

  it('goes on when Skald comes back, with the answer it could not give', SLOW, async () => {
    const world = await tenantWorld(transport);
    const begun = gate();
    const hold = gate();
    let times = 0;
    await world.work({
      heartbeatMs: 50,
      steps: {
        first: {
          do: async () => {
            times += 1;
            begun.open();
            await hold.opened;
            return 'done once';
          },
        },
        second: nothing,
      },
    });
    const flowId = await world.start();
    await begun.opened;
    await world.server.kill();
    hold.open();
    const { port } = new URL(world.server.address);
    await startSkald(world.dataDir, { PORT: port });
    const run = await world.ended(flowId);
    expect(run.status).toBe('COMPLETED');
    expect(valueOf(run.result['first'] ?? '')).toBe('done once');
    expect(times).toBe(1);
    expect(world.troubles.length).toBeGreaterThan(0);
  });
});

describe('a worker', () => {
  it('tries a step again under the same effect id, and undoes what it answered', SLOW, async () => {
    const world = await tenantWorld('poll');
    const effects: string[] = [];
    const undone: unknown[] = [];
    await world.work({
      steps: {
        first: step({
          do: (_input, { effectId, attempt }) => {
            effects.push(effectId);
            if (attempt < 3) throw new Error('not yet');
            return { realm: 'r-1' };
          },
          undo: (created, { action }) => void undone.push([action, created]),
        }),
        second: {
          do: () => {
            throw new NonRetryable('no seats', { code: 'no-seats' });
          },
        },
      },
    });
    const run = await world.ended(await world.start());
    expect(run).toMatchObject({
      status: 'UNDONE',
      steps: [
        { do: { status: 'SUCCEEDED', attempt: 3 }, undo: { status: 'SUCCEEDED' } },
        { do: { status: 'FAILED', attempt: 1, errorCode: 'no-seats', error: 'no seats' } },
      ],
    });
    expect(new Set(effects).size).toBe(1);
    expect(effects).toHaveLength(3);
    expect(undone).toEqual([['undo', { realm: 'r-1' }]]);
  });

  it('fails for good where trying again cannot help', SLOW, async () => {
    const world = await tenantWorld('poll', ['first']);
    const steps = {
      first: step({
        input: z.object({ bytes: z.int() }),
        do: ({ bytes }) => new Uint8Array(bytes),
      }),
    };
    await world.work({ steps });
    const failed = async (input: object) => (await world.ended(await world.start(input))).steps[0]?.do;
    expect(await failed({ bytes: 'many' })).toMatchObject({
      ...{ status: 'FAILED', attempt: 1, errorCode: 'invalid_input' },
      error: expect.stringContaining('bytes: ') as unknown,
    });
    expect(await failed({ bytes: 262_145 })).toMatchObject({ attempt: 1, errorCode: 'payload_too_large' });
    expect(await failed({ bytes: 262_144 })).toMatchObject({ status: 'SUCCEEDED' });
  });

  it('refuses to start where it cannot work', SLOW, async () => {
    const world = await tenantWorld('poll', ['first']);
    const steps = { first: nothing };
    await expect(world.work({ steps, service: 'not a name' })).rejects.toThrow(SkaldProblem);
    await expect(world.work({ steps, concurrency: 0 })).rejects.toThrow(RangeError);
    await expect(world.work({ steps: {} })).rejects.toThrow(TypeError);
    await expect(world.work({ steps, orchestrations: { tenant: ['second'] } })).rejects.toThrow(
      'there is no handler for second of tenant',
    );
  });

  it('says which steps were not taken', SLOW, async () => {
    const world = await tenantWorld('poll', ['first']);
    const stop = await world.work({ steps: { first: nothing, third: nothing }, orchestrations: ['tenant'] });
    await stop.stop();
    expect(world.troubles.map(String)).toEqual([expect.stringMatching(/^StepRefused: .*third/)]);
  });

  it('may register before anybody has said what the orchestration is', SLOW, async () => {
    const world = await tenantWorld('poll', ['first']);
    const stop = await world.work({ steps: { first: nothing }, orchestrations: ['to-be-defined'] });
    await stop.stop();
    expect(world.troubles).toEqual([]);
  });
});
