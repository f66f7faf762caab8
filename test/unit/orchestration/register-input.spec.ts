import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { defaultServiceOf, registerInput } from '../../../src/commands/orchestration/register-input.ts';

const body = {
  orchName: 'tenant',
  as: 'initiator',
  steps: [{ name: 'create', seq: 1, objectType: 'Tenant' }],
};

/** The paths of what is wrong, as text. */
const wrong = (given: object) => {
  const parsed = registerInput.safeParse({ ...body, ...given });
  return parsed.success
    ? []
    : parsed.error.issues.map(({ path, message }) => `${path.join('.')}: ${message}`);
};

describe('a registration', () => {
  it('gets the defaults of everything it leaves out', () => {
    expect(registerInput.parse(body)).toEqual({
      orchName: 'tenant',
      as: 'initiator',
      type: 'sequential',
      transport: 'http',
      onUndoFailure: 'stop',
      steps: [
        {
          name: 'create',
          seq: 1,
          objectType: 'Tenant',
          dependsOn: null,
          timeoutMs: 60_000,
          scheduleTimeoutMs: null,
          retry: {
            maxRetries: 3,
            backoffMs: 5000,
            factor: 1,
            maxBackoffMs: 300_000,
            jitter: 0,
            nonRetryable: [],
          },
          undo: true,
          onMissingWorker: 'wait',
        },
      ],
    });
  });

  it('keeps what it states', () => {
    const step = {
      name: 'create',
      seq: 0,
      objectType: 'Tenant',
      dependsOn: ['other'],
      timeoutMs: 1,
      scheduleTimeoutMs: 2,
      retry: { maxRetries: 0, backoffMs: 1, factor: 2, maxBackoffMs: 3, jitter: 1, nonRetryable: ['gone'] },
      undo: false,
      onMissingWorker: 'fail',
    };
    const given = { ...body, type: 'graph', transport: 'kafka', onUndoFailure: 'continue', steps: [step] };
    expect(registerInput.parse(given)).toEqual(given);
  });

  it('fills in the rest of a partial retry policy', () => {
    const steps = [{ name: 'create', retry: { backoffMs: 600_000 } }];
    expect(registerInput.parse({ ...body, steps }).steps[0]?.retry).toMatchObject({
      maxRetries: 3,
      backoffMs: 600_000,
      maxBackoffMs: 600_000,
    });
  });

  it.each([
    ['SEQUENTIAL', 'sequential'],
    ['Parallel', 'simultaneous'],
    ['simultaneous', 'simultaneous'],
    ['Graph', 'graph'],
  ])('of type %s is %s', (given, type) => {
    expect(registerInput.parse({ ...body, type: given }).type).toBe(type);
  });

  it('keeps any role as it was written, for the record', () => {
    expect(registerInput.parse({ ...body, as: 'Observer' }).as).toBe('Observer');
  });

  it('may call its name orchestrationName', () => {
    const { orchName: orchestrationName, ...rest } = body;
    expect(registerInput.parse({ orchestrationName, ...rest })).toEqual(registerInput.parse(body));
    expect(registerInput.parse({ orchestrationName, ...body })).toEqual(registerInput.parse(body));
  });

  it('may say of a step how its own side is built, which is dropped', () => {
    const theirs = { handlerClass: 'x.Y', doMethod: 'do', undoMethod: null, sharedTopic: true };
    const [step] = body.steps;
    expect(registerInput.parse({ ...body, steps: [{ ...step, ...theirs }] })).toEqual(
      registerInput.parse(body),
    );
  });

  it('is described for the API document', () => {
    const schema = z.toJSONSchema(registerInput, { io: 'input' });
    expect(schema).toMatchObject({ additionalProperties: false, required: ['as', 'steps'] });
  });
});

describe('a registration has the wrong shape', () => {
  it.each([
    ['without a name', { orchName: undefined }, 'orchName: is required'],
    ['with two names', { orchestrationName: 'other' }, 'orchestrationName: differs from orchName'],
    ['with an unknown field', { extra: 1 }, ': Unrecognized key: "extra"'],
    ['with an unknown field in a step', { steps: [{ name: 'a', x: 1 }] }, 'steps.0: Unrecognized key: "x"'],
    ['with a role that no event could hold', { as: '\ud800' }, 'as: holds a NUL or half a character'],
    [
      'with an object type that no event could hold',
      { steps: [{ name: 'a', objectType: 'a\u0000' }] },
      'steps.0.objectType: holds a NUL or half a character',
    ],
    [
      'with an error code that no event could hold',
      { steps: [{ name: 'a', retry: { nonRetryable: ['\udc00'] } }] },
      'steps.0.retry.nonRetryable: holds a NUL or half a character',
    ],
  ])('%s', (_, given, problem) => {
    expect(wrong(given)).toEqual([problem]);
  });

  it.each([
    ['a name with a space', { orchName: 'a b' }, 'orchName'],
    ['a type nobody knows', { type: 'random' }, 'type'],
    ['a transport nobody knows', { transport: 'mail' }, 'transport'],
    ['a negative number', { steps: [{ name: 'a', seq: -1 }] }, 'steps.0.seq'],
    ['no time at all', { steps: [{ name: 'a', timeoutMs: 0 }] }, 'steps.0.timeoutMs'],
    ['a shrinking pause', { steps: [{ name: 'a', retry: { factor: 0.5 } }] }, 'steps.0.retry.factor'],
  ])('with %s', (_, given, path) => {
    expect(wrong(given).map((problem) => problem.split(':')[0])).toEqual([path]);
  });
});

describe('the service of a caller that does not name itself', () => {
  it('is called after the orchestration', () => {
    expect(defaultServiceOf('tenant')).toBe('tenant-service');
  });

  it('is never longer than a name may be', () => {
    expect(defaultServiceOf('t'.repeat(80))).toBe(`${'t'.repeat(72)}-service`);
  });
});
