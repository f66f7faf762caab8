import { describe, expect, it } from 'vitest';
import {
  createInstanceTopics,
  InvalidTopicPart,
} from '../../../src/infra/messaging/instances/instance-topics.ts';
import type { InstanceTopicConfig } from '../../../src/infra/messaging/instances/instance-topics.ts';
import { createTopics } from '../../../src/infra/messaging/topics.ts';
import { topicOverrides } from '../../../src/config-topics.ts';
import { asyncApiOf } from '../../../src/infra/messaging/asyncapi.ts';

const HEADERS = 'instance-flow-headers-for-registered-instance';
const named = (config: InstanceTopicConfig) =>
  createInstanceTopics(config).all.map(({ role, direction, name }) => [role, direction, name]);

describe('the documented topics of instances', () => {
  it('have the names that everybody knows', () => {
    expect(named({ orgId: 'afk-no' })).toEqual([
      ['instanceReceived', 'in', 'afk-no.flyt.event.instance-received'],
      ['instanceDispatched', 'in', 'afk-no.flyt.event.instance-dispatched'],
      ['instanceMapped', 'in', 'afk-no.flyt.event.instance-mapped'],
      ['instanceReadyForDispatch', 'in', 'afk-no.flyt.event.instance-ready-for-dispatch'],
      ['instanceReceivalError', 'in', 'afk-no.flyt.event.error.instance-receival-error'],
      ['instanceMappingError', 'in', 'afk-no.flyt.event.error.instance-mapping-error'],
      ['instanceDispatchingError', 'in', 'afk-no.flyt.event.error.instance-dispatching-error'],
      ['instanceRegistered', 'out', 'afk-no.flyt.event.instance-registered'],
      ['instanceRequestedForRetry', 'out', 'afk-no.flyt.event.instance-requested-for-retry'],
      ['instanceDeleted', 'out', 'afk-no.flyt.event.instance-deleted'],
      ['instanceRegistrationError', 'out', 'afk-no.flyt.event.error.instance-registration-error'],
      ['instanceRetryRequestError', 'out', 'afk-no.flyt.event.error.instance-retry-request-error'],
      ['headersRequest', 'in', `afk-no.flyt.request.${HEADERS}.by.instance-id`],
    ]);
  });

  it('are others where errors are merged and headers are asked for', () => {
    const config = { orgId: 'o', domainContext: 'd', applicationId: 'app' } as const;
    expect(named({ ...config, errors: 'merged', flowHeaders: 'ask' }).slice(-3)).toEqual([
      ['instanceError', 'both', 'o.d.event.error.instance-error'],
      ['headersRequest', 'out', `o.d.request.${HEADERS}.by.instance-id`],
      ['headersReply', 'in', `o.d.reply.app.${HEADERS}`],
    ]);
  });

  it('have one partition, keep events as long as it is said, requests 10 minutes and replies 5 days', () => {
    const { all } = createInstanceTopics({ eventsRetentionMs: 5000, flowHeaders: 'ask' });
    expect(new Set(all.map(({ partitions }) => partitions))).toEqual(new Set([1]));
    const kept = Object.fromEntries(all.map(({ role, retentionMs }) => [role, retentionMs]));
    expect(kept).toMatchObject({
      instanceReceived: 5000,
      headersRequest: 600_000,
      headersReply: 432_000_000,
    });
    expect(createInstanceTopics({}).all[0]?.retentionMs).toBe(345_600_000);
  });

  it('are taken from where there is a taker, and from no other', () => {
    const { takenFrom } = createInstanceTopics({ flowHeaders: 'ask', errors: 'merged' });
    expect(takenFrom('local.flyt.event.instance-received')).toBe('instanceReceived');
    expect(takenFrom('local.flyt.event.error.instance-error')).toBe('instanceError');
    const others = ['event.instance-registered', `request.${HEADERS}.by.instance-id`, 'event.other'];
    for (const other of [...others, `reply.fint-flyt-instance-service.${HEADERS}`])
      expect(takenFrom(`local.flyt.${other}`), other).toBeUndefined();
  });

  it('cannot have a part that is none', () => {
    const bad = ['afk.no', 'AFK', 'a_b', '', ' a', 'å'];
    for (const part of bad)
      for (const setting of ['orgId', 'domainContext', 'applicationId'])
        expect(() => createTopics({ namespace: 'x', instances: { [setting]: part } })).toThrow(
          InvalidTopicPart,
        );
  });

  it('can each be told how many partitions to have and how long to keep', () => {
    for (const flowHeaders of ['own', 'ask'] as const)
      for (const errors of ['named', 'merged'] as const) {
        const { fixed } = createTopics({ namespace: 'x', instances: { flowHeaders, errors } });
        const text = fixed.map(({ role }) => `${role}.partitions=7,${role}.retention=1h`).join(',');
        const overrides = topicOverrides.parse(text);
        const other = createTopics({ namespace: 'x', overrides, instances: { flowHeaders, errors } });
        for (const topic of other.fixed)
          expect(topic).toMatchObject({ partitions: 7, retentionMs: 3_600_000 });
      }
  });

  it('are described, whatever is merged or asked for', () => {
    const topics = createTopics({ namespace: 'x', instances: { flowHeaders: 'ask', errors: 'merged' } });
    expect(asyncApiOf(topics)).toMatchObject({
      operations: {
        receiveInstanceReceived: { action: 'receive' },
        sendInstanceError: { action: 'send' },
        receiveInstanceError: { action: 'receive' },
        sendHeadersRequest: { action: 'send' },
        receiveHeadersReply: { action: 'receive' },
      },
    });
  });
});
