import { describe, expect, it } from 'vitest';
import { registration } from '../../../src/projections/registrations/read-model.ts';
import { registrations } from '../../../src/projections/registrations/projection.ts';
import { attempted } from '../../support/every-event.ts';
import { folded, logOf, logPosition, timeAt } from '../../support/read-models.ts';
import type { Written } from '../../support/read-models.ts';
import { defined, refused, workersRegistered } from '../../support/registrations.ts';

const STREAM = 'orchestration-tenant';
const bodies = (...log: readonly Written[]) =>
  [...folded(registrations, logOf(...log)).values()].map(({ body }) => registration.parse(body));

describe('the audit of registrations', () => {
  it('keeps what was registered, by whom and when', () => {
    expect(bodies([STREAM, defined(['a', 'b'])])).toEqual([
      {
        id: expect.any(String) as unknown,
        ...{ orchName: 'tenant', role: 'initiator', service: 'front', outcome: 'registered', version: 1 },
        ...{ code: null, detail: null, pointer: null, registered: ['a', 'b'], failed: [] },
        ...{ by: 'erik', correlationId: `correlation-${STREAM}`, at: timeAt(0), position: logPosition(0) },
      },
    ]);
  });

  it('tells the steps a worker got from those nobody knows', () => {
    expect(bodies([STREAM, workersRegistered('w', ['a', 'x'], ['x'])])).toMatchObject([
      { role: 'worker', service: 'w', registered: ['a'], failed: [{ name: 'x', code: 'unknown_step' }] },
    ]);
  });

  it('tells the steps that a worker named twice', () => {
    const { type, data } = workersRegistered('w', ['a']);
    expect(bodies([STREAM, { type, data: { ...data, repeated: ['a'] } }])).toMatchObject([
      { outcome: 'registered', registered: ['a'], failed: [{ name: 'a', code: 'step_already_registered' }] },
    ]);
  });

  it('keeps attempts that were refused and that changed nothing', () => {
    const found = bodies(['attempt-1', attempted('refused')], ['attempt-2', attempted('unchanged')]);
    expect(found).toMatchObject([
      { id: '1', orchName: 'tenant', outcome: 'refused', code: 'no_steps', pointer: '/steps' },
      { id: '2', outcome: 'unchanged', registered: ['a'], code: null },
    ]);
  });

  it('shows a refused initiator once, though it leaves two events', () => {
    const [first, second] = logOf([STREAM, refused('no_steps', 'none')], ['attempt-1', attempted('refused')]);
    if (first === undefined || second === undefined) throw new Error('two events were written');
    const sameCommand = { ...first, metadata: { ...first.metadata, commandId: '1' } };
    const found = [...folded(registrations, [sameCommand, second]).values()];
    expect(found.map(({ body }) => body)).toMatchObject([{ outcome: 'refused', pointer: '/steps' }]);
    expect(folded(registrations, [sameCommand]).get('1')?.body).toMatchObject({
      outcome: 'refused',
      code: 'no_steps',
    });
  });
});
