import { describe, expect, it } from 'vitest';
import { orchestrationAggregate } from '../../../src/domain/orchestration/aggregate.ts';
import { attemptAggregate } from '../../../src/domain/orchestration/attempt.ts';
import type { Attempt } from '../../../src/domain/orchestration/attempt.ts';
import { deciderSpec } from '../../support/decider-spec.ts';
import {
  defined,
  refused,
  registerDefinition,
  registerWorkers,
  sequential,
  workersRegistered,
} from '../../support/registrations.ts';

const given = deciderSpec(orchestrationAggregate.decider);

describe('an initiator registering', () => {
  it('makes the first version', () => {
    given()
      .when(registerDefinition(sequential('a', 'b')))
      .then(defined(['a', 'b']));
  });

  it('makes the next version when the definition differs', () => {
    given(defined(['a']))
      .when(registerDefinition(sequential('a', 'b'), 'h2'))
      .then(defined(['a', 'b'], { version: 2, hash: 'h2' }));
  });

  it('changes nothing with the definition that is there', () => {
    given(defined(['a']))
      .when(registerDefinition(sequential('a')))
      .thenNothing();
  });

  it('goes back to an earlier definition as a new version', () => {
    given(defined(['a']), defined(['b'], { version: 2, hash: 'h2' }))
      .when(registerDefinition(sequential('a')))
      .then(defined(['a'], { version: 3 }));
  });

  it('takes over a definition from another service as a new version', () => {
    const event = defined(['a'], { version: 2 });
    given(defined(['a']))
      .when({ ...registerDefinition(sequential('a')), initiator: 'other' })
      .then({ ...event, data: { ...event.data, initiator: 'other' } });
  });

  it('heals after a refusal', () => {
    given(refused('no_steps', 'none'))
      .when(registerDefinition(sequential('a')))
      .then(defined(['a']));
  });

  it('is refused with an unusable definition', () => {
    given().when(registerDefinition(sequential())).thenRejected('no_steps');
  });
});

describe('a refused registration', () => {
  const note = { type: 'NoteRefusal', service: 'front', code: 'no_steps', detail: 'none' } as const;

  it('of an initiator makes an unknown orchestration fail', () => {
    given()
      .when({ ...note, byInitiator: true })
      .then(refused('no_steps', 'none'));
  });

  it('of an initiator tells why beside workers that wait for it', () => {
    given(workersRegistered('w', ['a'], ['a']))
      .when({ ...note, byInitiator: true })
      .then(refused('no_steps', 'none'));
  });

  it('is noted once for the same reason', () => {
    given(refused('no_steps', 'none'))
      .when({ ...note, byInitiator: true })
      .thenNothing();
  });

  it.each([
    { service: 'other', code: 'no_steps', detail: 'none' },
    { service: 'front', code: 'other', detail: 'none' },
    { service: 'front', code: 'no_steps', detail: 'other' },
  ])('is noted again with %o', (changed) => {
    const { service: initiator, code, detail } = changed;
    given(refused('no_steps', 'none'))
      .when({ ...note, ...changed, byInitiator: true })
      .then({ type: 'DefinitionRefused', data: { initiator, code, detail } });
  });

  it('never damages a definition that works', () => {
    given(defined(['a']))
      .when({ ...note, byInitiator: true })
      .thenNothing();
  });

  it('of a worker changes nothing', () => {
    given()
      .when({ ...note, byInitiator: false })
      .thenNothing();
  });
});

describe('a worker registering', () => {
  it('serves steps of the definition', () => {
    given(defined(['a', 'b']))
      .when(registerWorkers('w', 'b'))
      .then(workersRegistered('w', ['b']));
  });

  it('is stored before there is a definition', () => {
    given()
      .when(registerWorkers('w', 'a'))
      .then(workersRegistered('w', ['a'], ['a']));
  });

  it('is stored with the steps the definition does not know, known ones counting', () => {
    given(defined(['a']))
      .when(registerWorkers('w', 'x', 'a'))
      .then(workersRegistered('w', ['x', 'a'], ['x']));
  });

  it('is stored when all its steps are unknown', () => {
    given(defined(['a']))
      .when(registerWorkers('w', 'x'))
      .then(workersRegistered('w', ['x'], ['x']));
  });

  it('counts a step named twice once, and says so', () => {
    const { type, data } = workersRegistered('w', ['a', 'b']);
    given(defined(['a', 'b']))
      .when(registerWorkers('w', 'a', 'b', 'a', 'a'))
      .then({ type, data: { ...data, repeated: ['a', 'a'] } });
  });

  it('replaces what it served before', () => {
    given(defined(['a', 'b']), workersRegistered('w', ['a']))
      .when(registerWorkers('w', 'b'))
      .then(workersRegistered('w', ['b']));
  });

  it('changes nothing with the same steps in another order', () => {
    given(defined(['a', 'b']), workersRegistered('w', ['a', 'b']))
      .when(registerWorkers('w', 'b', 'a'))
      .thenNothing();
  });

  it('is recorded again with another object type', () => {
    const command = { ...registerWorkers('w'), steps: [{ name: 'a', objectType: null }] };
    const steps = [{ name: 'a', objectType: null, transport: 'http' as const }];
    given(defined(['a']), workersRegistered('w', ['a']))
      .when(command)
      .then({ type: 'WorkersRegistered', data: { service: 'w', steps, unknown: [] } });
  });

  it('is recorded again with another transport', () => {
    const steps = [{ name: 'a', objectType: 'Tenant', transport: 'kafka' as const }];
    given(defined(['a']), workersRegistered('w', ['a']))
      .when({ ...registerWorkers('w', 'a'), transport: 'kafka' })
      .then({ type: 'WorkersRegistered', data: { service: 'w', steps, unknown: [] } });
  });

  it('is refused without steps', () => {
    given(defined(['a']))
      .when(registerWorkers('w'))
      .thenRejected('no_steps', 'A registration needs at least one step', '/steps');
  });

  it('is refused with 201 steps', () => {
    const names = Array.from({ length: 201 }, (_, index) => `s${index}`);
    given()
      .when(registerWorkers('w', ...names))
      .thenRejected('too_many_steps', 'A registration has at most 200 steps', '/steps');
  });

  it('is refused when it takes more than the log stores for it', () => {
    // Control characters take six bytes each in JSON.
    const objectType = '\u0001'.repeat(200);
    const steps = Array.from({ length: 200 }, (_, index) => ({
      name: `s${index}`.padEnd(80, 'x'),
      objectType,
    }));
    given()
      .when({ ...registerWorkers('w'), steps })
      .thenRejected('registration_too_large', undefined, '/steps');
  });
});

describe('a registration attempt', () => {
  const attempt: Attempt = {
    orchName: 'tenant',
    role: 'worker',
    service: 'w',
    outcome: 'unchanged',
    code: null,
    detail: null,
    pointer: null,
    registered: ['a'],
    failed: [],
  };
  const givenAttempt = deciderSpec(attemptAggregate.decider);
  const recorded = { type: 'RegistrationAttempted', data: attempt } as const;

  it('is recorded', () => {
    givenAttempt().when({ type: 'RecordAttempt', attempt }).then(recorded);
  });

  it('is recorded once', () => {
    givenAttempt(recorded)
      .when({ type: 'RecordAttempt', attempt: { ...attempt, service: 'other' } })
      .thenNothing();
  });

  it('is what its stream folds to', () => {
    expect(attemptAggregate.decider.evolve(null, recorded, 0)).toEqual(attempt);
  });
});
