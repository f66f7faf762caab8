// What people may give to `simulate` that a server takes, and what no worker can work with.
import { describe, expect, it } from 'vitest';
import { simulate } from '../../sdk/simulator/simulate.ts';
import type { SimulatedWorker } from '../../sdk/src/simulate/types.ts';

const DAY_MS = 86_400_000;
const nothing = () => undefined;
const works = { do: nothing, undo: nothing };
const sequence = (...steps: readonly object[]) => ({
  orchName: 'tenant',
  steps: steps.map((step, index) => ({ name: `s${index}`, seq: index, objectType: 'thing', ...step })),
});
const statuses = async (...given: Parameters<typeof simulate>): Promise<readonly string[]> =>
  (await simulate(...given)).flatMap(({ runs }) => runs.map(({ status }) => status));

describe('simulate, where nothing happens for long', () => {
  it('passes over back-offs of days', async () => {
    let calls = 0;
    const failsTwice = () => {
      calls += 1;
      if (calls <= 2) throw new Error('not today');
    };
    const definition = sequence({ retry: { backoffMs: 30 * DAY_MS } });
    const workers = [{ service: 'slow', steps: { s0: { do: failsTwice, undo: nothing } } }];
    expect(await statuses(definition, workers, { faults: [] })).toEqual(['COMPLETED']);
    expect(calls).toBe(3);
  });

  it('passes over the time until an answer comes late', async () => {
    const workers = [{ service: 'slow', steps: { s0: works, s1: works } }];
    const definition = sequence({ timeoutMs: DAY_MS }, { timeoutMs: DAY_MS });
    const outcomes = await simulate(definition, workers, { faults: ['answer-late'], seeds: 40 });
    expect(new Set(outcomes.flatMap(({ runs }) => runs.map(({ status }) => status)))).toEqual(
      new Set(['COMPLETED']),
    );
    expect(outcomes.some(({ faults }) => (faults['answer-late'] ?? 0) > 0)).toBe(true);
  });

  it('names the step that nobody does', async () => {
    const workers = [{ service: 'half', steps: { s0: works } }];
    await expect(simulate(sequence({}, {}), workers, { faults: [] })).rejects.toThrow(
      /no end in sight, .* is WAITING, nobody does s1/,
    );
  });
});

describe('simulate', () => {
  it('takes names as long as a server takes', async () => {
    const definition = { ...sequence({}), orchName: 'o'.repeat(80) };
    const workers = [{ service: 's'.repeat(80), steps: { s0: works } }];
    expect(await statuses(definition, workers, { faults: [] })).toEqual(['COMPLETED']);
  });

  it('refuses workers that could not work', async () => {
    const refused: readonly (readonly [object, string])[] = [
      [{ service: 'a service', steps: { s0: works } }, 'must match'],
      [{ steps: { s0: works } }, 'a worker needs its service'],
      [{ service: 's' }, 'a worker needs steps'],
      [{ service: 's', steps: { s0: {} } }, 'the step s0 has no do'],
    ];
    for (const [worker, message] of refused) {
      const failure = await simulate(sequence({}), [worker as SimulatedWorker]).catch(
        (error: unknown) => error,
      );
      expect(failure).toBeInstanceOf(TypeError);
      expect(String(failure)).toContain(message);
    }
  });
});
