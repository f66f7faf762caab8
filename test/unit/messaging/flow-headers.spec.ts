import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { FlowHeaders } from '../../../src/commands/instance/handlers.ts';
import { flowHeadersJson, readFlowHeaders } from '../../../src/infra/messaging/instances/flow-headers.ts';

const CORRELATION = '0191e1f0-0000-7000-8000-000000000001';
const read = (text: string) => readFlowHeaders(Buffer.from(text));

const int64 = fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }).map(String);
const text = fc.string({ maxLength: 50 }).filter((each) => each.isWellFormed() && !each.includes('\u0000'));
const headers: fc.Arbitrary<FlowHeaders> = fc.record(
  {
    sourceApplicationId: int64,
    correlationId: fc.uuid(),
    fileIds: fc.array(fc.uuid(), { maxLength: 5 }),
    sourceApplicationIntegrationId: text,
    sourceApplicationInstanceId: text,
    integrationId: int64,
    instanceId: int64,
    configurationId: int64,
    archiveInstanceId: text,
  },
  { requiredKeys: ['sourceApplicationId', 'correlationId', 'fileIds'] },
);

describe('flow headers', () => {
  it('are read as they were written, every digit of every number', () => {
    fc.assert(
      fc.property(headers, (given) => {
        expect(read(flowHeadersJson(given))).toEqual({ kind: 'ok', headers: given });
      }),
    );
  });

  it('may hold nulls, digits in quotes, and what nobody here knows', () => {
    const given = `{"sourceApplicationId":"12","correlationId":"${CORRELATION.toUpperCase()}","fileIds":null,"integrationId":null,"other":{"a":1}}`;
    expect(read(given)).toEqual({
      kind: 'ok',
      headers: { sourceApplicationId: '12', correlationId: CORRELATION, fileIds: [] },
    });
  });

  it('that are missing are told from those that cannot be read, and those from one another', () => {
    expect(readFlowHeaders(undefined)).toEqual({ kind: 'missing' });
    const withId = (id: string): string => `{"sourceApplicationId":${id},"correlationId":"${CORRELATION}"}`;
    const cases = [
      ['', ''],
      ['[]', ''],
      ['{"sourceApplicationId":1}', '/correlationId'],
      [withId('9223372036854775808'), '/sourceApplicationId'],
      [withId('1.5'), '/sourceApplicationId'],
      [withId('1,"sourceApplicationId":2'), ''],
      [withId('1,"instanceId":"x"'), '/instanceId'],
      [withId('1,"fileIds":["x"]'), '/fileIds/0'],
      [`{"a":"${'x'.repeat(65_536)}"}`, ''],
    ] as const;
    for (const [given, pointer] of cases)
      expect(read(given), given.slice(0, 80)).toMatchObject({ kind: 'unreadable', pointer });
    expect(readFlowHeaders(Buffer.from([0xff]))).toMatchObject({ kind: 'unreadable' });
  });
});
