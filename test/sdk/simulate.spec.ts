import { setTimeout as after } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { simulate, SimulationFailed } from '../../sdk/simulator/simulate.ts';
import type { SimulatedOutcome, SimulatedWorker } from '../../sdk/src/simulate/types.ts';
import { NonRetryable } from '../../sdk/src/worker/failure.ts';
import { step } from '../../sdk/src/worker/step.ts';

const definition = {
  orchName: 'create-tenant',
  steps: [
    { name: 'createRealm', seq: 1, objectType: 'realm' },
    { name: 'charge', seq: 2, objectType: 'payment', retry: { maxRetries: 1, backoffMs: 1000 } },
  ],
};

/** What the handlers change: by effect, so that twice is once. */
const tenancy = () => {
  const realms = new Set<string>();
  const charges = new Map<string, number>();
  const createRealm = step({
    input: z.object({ tenant: z.string() }),
    do: async ({ tenant }, { flowId }) => {
      await after(0);
      realms.add(flowId);
      return { realm: `${tenant}.example` };
    },
    undo: (_created, { flowId }) => realms.delete(flowId),
  });
  const charge = step({
    do: (created: unknown, { effectId }) => {
      charges.set(effectId, (charges.get(effectId) ?? 0) + 1);
      return created;
    },
    undo: () => undefined,
  });
  const workers: readonly SimulatedWorker[] = [
    { service: 'identity', steps: { createRealm } },
    { service: 'payments', steps: { charge } },
  ];
  return { workers, realms, charges };
};

const inputs = [{ tenant: 'acme' }, { tenant: 'globex' }];
const sumOf = (outcomes: readonly SimulatedOutcome[]): readonly string[] =>
  [...new Set(outcomes.flatMap(({ runs }) => runs.map(({ status }) => status)))].sort();
const failureOf = (running: Promise<unknown>): Promise<unknown> => running.catch((error: unknown) => error);

describe('simulate', () => {
  it('brings every run to an end under every fault, and tells which handlers ran more than once', async () => {
    const outcomes = await simulate(definition, tenancy().workers, { seeds: 150, inputs });
    expect(outcomes.map(({ seed }) => seed)).toEqual(Array.from({ length: 150 }, (_, index) => index + 1));
    expect(sumOf(outcomes)).toEqual(['COMPLETED', 'FAILED', 'UNDONE']);
    expect(outcomes.every(({ runs }) => runs.length === inputs.length)).toBe(true);
    const effects = outcomes.flatMap((outcome) => outcome.effects);
    expect(effects.filter(({ calls }) => calls > 1).length).toBeGreaterThan(20);
    const faults = new Set(outcomes.flatMap((outcome) => Object.keys(outcome.faults)));
    expect(faults.size).toBe(11);
  }, 60_000);

  it('does the same again for the same seed', async () => {
    const first = await simulate(definition, tenancy().workers, { seed: 40, seeds: 5, inputs });
    expect(await simulate(definition, tenancy().workers, { seed: 40, seeds: 5, inputs })).toEqual(first);
    expect((await simulate(definition, tenancy().workers, { seed: 44, inputs }))[0]).toEqual(first[4]);
  });

  it('does everything once where nothing goes wrong', async () => {
    const { workers, charges } = tenancy();
    const outcomes = await simulate(definition, workers, { seeds: 10, inputs, faults: [] });
    expect(sumOf(outcomes)).toEqual(['COMPLETED']);
    expect(new Set(charges.values())).toEqual(new Set([1]));
    expect(outcomes.every(({ effects }) => effects.every(({ calls }) => calls === 1))).toBe(true);
  });

  it('finds the handler that is not idempotent, and names the seed that shows it', async () => {
    const charged = new Map<string, number>();
    const charge = step({
      do: (_input: unknown, { flowId }) => void charged.set(flowId, (charged.get(flowId) ?? 0) + 1),
      undo: () => undefined,
    });
    const [identity] = tenancy().workers;
    const workers = [
      ...(identity === undefined ? [] : [identity]),
      { service: 'payments', steps: { charge } },
    ];
    const check = ({ runs }: SimulatedOutcome): void => {
      const twice = runs.find(({ flowId }) => (charged.get(flowId) ?? 0) > 1);
      charged.clear();
      if (twice !== undefined) throw new Error('a tenant was charged twice');
    };
    const failure = await failureOf(simulate(definition, workers, { seeds: 100, inputs, check }));
    expect(failure).toBeInstanceOf(SimulationFailed);
    const { seed, message } = failure as SimulationFailed;
    expect(message).toBe(
      `a tenant was charged twice\nto see it again: simulate(definition, workers, { ...options, seed: ${seed}, seeds: 1 })`,
    );
    const again = await failureOf(simulate(definition, workers, { seed, inputs, check }));
    expect(again).toMatchObject({ seed, message });
  });

  it('undoes what was done when a step fails for good, and says so', async () => {
    const { workers, realms } = tenancy();
    const charge = step({
      do: () => {
        throw new NonRetryable('no means of payment', { code: 'payment-required' });
      },
      undo: () => undefined,
    });
    const broke = [...workers.slice(0, 1), { service: 'payments', steps: { charge } }];
    const outcomes = await simulate(definition, broke, { seeds: 30, inputs });
    const statuses = outcomes.flatMap(({ runs }) => runs.map(({ status }) => status));
    expect(statuses).toContain('UNDONE');
    // FAILED where the first step failed: then there is nothing to undo. UNDO_FAILED where faults ate up the retries.
    expect(['FAILED', 'UNDONE', 'UNDO_FAILED']).toEqual(expect.arrayContaining(statuses));
    expect(realms.size).toBeLessThanOrEqual(statuses.filter((status) => status === 'UNDO_FAILED').length);
    expect(outcomes[0]?.trace).toContainEqual(
      expect.stringMatching(/handler: do charge: FAILED no means of payment$/),
    );
  });

  it('fails where a run cannot come to an end: nobody does its step', async () => {
    const failure = await failureOf(simulate(definition, tenancy().workers.slice(0, 1), { inputs }));
    expect(failure).toBeInstanceOf(SimulationFailed);
    expect(String(failure)).toMatch(/no end in sight, .* is WAITING/);
  });

  it('refuses what a server would refuse, and faults that there are not', async () => {
    const { workers } = tenancy();
    const unnamed = { ...definition, orchName: '7' };
    await expect(simulate(unnamed, workers)).rejects.toThrow(TypeError);
    await expect(simulate({ ...definition, steps: [] }, workers)).rejects.toThrow(TypeError);
    await expect(simulate(definition, workers, { seed: 0.5 })).rejects.toThrow(RangeError);
    const faults = ['gremlins'] as unknown as [];
    await expect(simulate(definition, workers, { faults })).rejects.toThrow('there is no fault gremlins');
    const inherited = ['toString'] as unknown as [];
    await expect(simulate(definition, workers, { faults: inherited })).rejects.toThrow('no fault toString');
  });

  it('names the input that a server would not take', async () => {
    const { workers } = tenancy();
    const large = ['fits', new Uint8Array(262_145)];
    await expect(simulate(definition, workers, { inputs: large })).rejects.toThrow(
      'inputs[1] has 262145 bytes, 262144 are allowed',
    );
    await expect(simulate(definition, workers, { inputs: [1n] })).rejects.toThrow(
      'inputs[0] cannot be sent as JSON',
    );
  });

  it('does not wait for ever for a handler, and names its step', async () => {
    const stuck = { do: () => new Promise(() => undefined), undo: () => undefined };
    const workers = [...tenancy().workers.slice(0, 1), { service: 'payments', steps: { charge: stuck } }];
    const failure = await failureOf(simulate(definition, workers, { inputs, faults: [], handlerMs: 20 }));
    expect(failure).toBeInstanceOf(SimulationFailed);
    expect(String(failure)).toMatch(/the handler of do charge has not ended within 20 ms/);
  });
});
