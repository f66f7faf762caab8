import fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import { inRecord, initiatorYaml, sharedWorld } from '../support/messaging-world.ts';
import type { MessagingWorld } from '../support/messaging-world.ts';

const KINDS = ['done', 'noted', 'poison', 'again'];
const TOPICS = [
  ...['orchestrator.registration', 'orchestrator.execution.start', 'orchestrator.response.result'],
  ...['orchestrator.tenant.a', 'elsewhere', ''],
];
const HEADERS = [
  'serviceName',
  'flowId',
  'status',
  'errorMessage',
  'action',
  'ce_id',
  'ce_source',
  'attempt',
];

const bytes = fc.uint8Array({ maxLength: 200 });
const text = fc.string({ unit: 'binary', maxLength: 60 }).map((given) => new Uint8Array(Buffer.from(given)));
const words = fc.constantFrom(
  'SUCCESS',
  'FAILED',
  'DO',
  'UNDO',
  'FAIL_STEP',
  'tenant',
  'a',
  'worker',
  'kafka',
);
const nearly = fc
  .dictionary(
    fc.constantFrom(
      'orchName',
      'as',
      'steps',
      'flowId',
      'stepName',
      'action',
      'metadata',
      'payload',
      'status',
    ),
    fc.oneof(
      ...[words, fc.uuid(), fc.integer(), fc.jsonValue()],
      fc.dictionary(
        fc.constantFrom('status', 'attempt', 'error', 'effectId', 'code'),
        fc.oneof(words, fc.jsonValue()),
      ),
      fc.array(fc.record({ name: fc.oneof(words, fc.string()), seq: fc.integer() }), { maxLength: 3 }),
    ),
  )
  .map((value) => new Uint8Array(Buffer.from(JSON.stringify(value))));

const taken = fc
  .oneof(
    fc.record({ orchName: fc.constant('tenant'), payload: fc.base64String({ maxLength: 40 }) }),
    fc.record({
      orchName: fc.constantFrom('tenant', 'other'),
      as: fc.constantFrom('worker', 'initiator', 'nobody'),
      steps: fc.array(
        fc.record({ name: fc.constantFrom('a', 'b'), objectType: fc.constant('T'), seq: fc.nat(3) }),
      ),
    }),
  )
  .map((value) => new Uint8Array(Buffer.from(JSON.stringify(value))));

const record = fc.record({
  topic: fc.constantFrom(...TOPICS),
  partition: fc.nat(),
  offset: fc.bigInt({ min: 0n, max: 2n ** 63n }).map(String),
  timestamp: fc.oneof(fc.constant(-1), fc.nat()),
  key: fc.option(bytes),
  value: fc.option(fc.oneof(bytes, text, nearly, taken)),
  headers: fc.array(fc.tuple(fc.oneof(fc.constantFrom(...HEADERS), fc.string()), fc.oneof(bytes, text)), {
    maxLength: 5,
  }),
});

describe('any record', () => {
  const shared = sharedWorld();
  let world: MessagingWorld;
  beforeAll(() => {
    world = shared();
  });

  it(
    'comes to one of four ends, whatever its bytes are, and the same one again',
    { timeout: 60_000 },
    async () => {
      const seen = new Set<string>();
      const tenant = inRecord('orchestrator.registration', initiatorYaml('tenant', ['a']));
      expect(await world.messaging.handle(tenant, 0)).toMatchObject({ kind: 'done' });
      const property = fc.asyncProperty(record, fc.nat({ max: 2 }), async (given, edition) => {
        const first = await world.messaging.handle(given, edition);
        expect(KINDS).toContain(first.kind);
        expect(first.kind).not.toBe('again');
        const second = await world.messaging.handle(given, edition);
        expect(second.kind).toBe(first.kind);
        seen.add(first.kind);
      });
      await fc.assert(property, { numRuns: 400 });
      expect([...seen].sort()).toEqual(['done', 'noted', 'poison']);
    },
  );
});
