import { describe, expect, expectTypeOf, it } from 'vitest';
import { whatIf } from '../../../src/queries/what-if/what-if.ts';
import type { WhatIfDeps } from '../../../src/queries/what-if/what-if.ts';
import { flowAt, logReaderOf, queriesOver } from '../../support/read-models.ts';
import { sequential, step } from '../../support/saga-builders.ts';
import { logOfRuns, registrationOf } from '../../support/what-if-log.ts';

const a = sequential([step('a')]);
const { type, onUndoFailure, steps } = registrationOf(a);
const candidate = { type, onUndoFailure, steps };

describe('what-if', () => {
  it('is given nothing to have an effect with', () => {
    expectTypeOf<keyof WhatIfDeps>().toEqualTypeOf<'log' | 'readStore'>();
    expectTypeOf<keyof WhatIfDeps['log']>().toEqualTypeOf<'readStream'>();
    expectTypeOf<keyof WhatIfDeps['readStore']>().toEqualTypeOf<'find'>();
  });

  it('works where there is nothing but what it may read with', async () => {
    const log = logOfRuns(a, []);
    const { readStore } = await queriesOver(log);
    const { find } = readStore;
    const { whatIfOfRun, whatIfOfLive } = whatIf({
      log: { readStream: logReaderOf(log).readStream },
      readStore: { find },
    });
    const asked = { orchName: 'tenant', candidate, results: {} };
    const page = { sort: { field: 'startedAt', direction: 'asc' }, limit: 10 } as const;
    expect(await whatIfOfRun(flowAt(1), asked)).toMatchObject({ verdict: 'compatible', differences: [] });
    expect(await whatIfOfLive(asked, page)).toMatchObject({ items: [{ flowId: flowAt(1) }] });
  });
});
