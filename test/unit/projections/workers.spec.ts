import { describe, expect, it } from 'vitest';
import { workers } from '../../../src/projections/workers/projection.ts';
import { folded, logOf, logPosition, timeAt } from '../../support/read-models.ts';
import type { Written } from '../../support/read-models.ts';
import { defined, workersRegistered } from '../../support/registrations.ts';

const fold = (...log: readonly Written[]) => folded(workers, logOf(...log));
const served = (name: string, since: string) => ({ name, objectType: 'Tenant', transport: 'http', since });

describe('the workers', () => {
  it('are services with what they serve where, and since when', () => {
    const found = fold(
      ['orchestration-tenant', defined(['a'])],
      ['orchestration-tenant', workersRegistered('w', ['a'])],
      ['orchestration-order', workersRegistered('w', ['x'])],
      ['orchestration-tenant', workersRegistered('w', ['a', 'b'])],
      ['orchestration-tenant', workersRegistered('v', ['b'])],
    );
    expect([...found.keys()]).toEqual(['w', 'v']);
    expect(found.get('w')?.body).toEqual({
      service: 'w',
      orchestrations: [
        { orchName: 'order', steps: [served('x', timeAt(2))], registeredAt: timeAt(2) },
        {
          orchName: 'tenant',
          steps: [served('a', timeAt(1)), served('b', timeAt(3))],
          registeredAt: timeAt(1),
        },
      ],
      ...{ orchNames: ['order', 'tenant'], serves: ['order/x', 'tenant/a', 'tenant/b'] },
      ...{ registeredAt: timeAt(1), updatedAt: timeAt(3), position: logPosition(3) },
    });
  });

  it('are gone once they serve nothing, and begin anew', () => {
    const gone = [
      ['orchestration-tenant', workersRegistered('w', ['a'])],
      ['orchestration-tenant', workersRegistered('w', [])],
    ] as const;
    expect(fold(...gone).get('w')?.body).toBeNull();
    const back = fold(...gone, ['orchestration-tenant', workersRegistered('w', ['a'])]);
    expect(back.get('w')?.body).toMatchObject({ registeredAt: timeAt(2) });
  });

  it('are not found by events that are not about them', () => {
    const [event] = logOf(['orchestration-tenant', defined(['a'])]);
    if (event === undefined) throw new Error('an event was written');
    expect(workers.keysOf(event)).toEqual([]);
    for (const data of [null, 'text', {}, { service: 1 }])
      expect(workers.keysOf({ ...event, type: 'WorkersRegistered', data })).toEqual([]);
  });
});
