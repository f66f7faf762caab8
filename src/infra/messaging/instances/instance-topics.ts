import type { TopicSpec } from '../../message-bus/port.ts';

/** Where records about instances come in, each role with its taker. */
export const TAKEN = [
  ...(['instanceReceived', 'instanceDispatched', 'instanceMapped', 'instanceReadyForDispatch'] as const),
  ...(['instanceReceivalError', 'instanceMappingError', 'instanceDispatchingError'] as const),
  ...(['instanceError', 'headersRequest'] as const),
] as const;

export type InstanceTakenRole = (typeof TAKEN)[number];
export type InstanceTopicRole =
  | InstanceTakenRole
  | 'instanceRegistered'
  | 'instanceRequestedForRetry'
  | 'instanceDeleted'
  | 'instanceRegistrationError'
  | 'instanceRetryRequestError'
  | 'headersReply';

export type InstanceTopic = TopicSpec & {
  readonly role: InstanceTopicRole;
  readonly direction: 'in' | 'out' | 'both';
};

export type InstanceTopicConfig = {
  /** Parts of the names: `[a-z0-9-]+`. `local`, `flyt` and `fint-flyt-instance-service` unless said otherwise. */
  readonly orgId?: string;
  readonly domainContext?: string;
  readonly applicationId?: string;
  /** How long events are kept, in milliseconds, -1 for ever; 4 days unless said otherwise. */
  readonly eventsRetentionMs?: number;
  /** Errors on topics of their own, the default, or all on one. */
  readonly errors?: 'named' | 'merged';
  /** Whether flow headers are our own to tell, the default, or another application is asked for them. */
  readonly flowHeaders?: 'own' | 'ask';
};

export type InstanceTopics = {
  readonly all: readonly InstanceTopic[];
  readonly applicationId: string;
  readonly errors: 'named' | 'merged';
  readonly flowHeaders: 'own' | 'ask';
  /** What is read from it by a taker; undefined for a topic that none reads. */
  readonly takenFrom: (name: string) => InstanceTakenRole | undefined;
  /** Whether replies of ours may go there: to the topics of this organisation for just this. */
  readonly isReplyTopic: (name: string) => boolean;
};

const MINUTE_MS = 60_000;
const DAY_MS = 86_400_000;
const EVENTS_MS = 4 * DAY_MS;
const REQUESTS_MS = 10 * MINUTE_MS;
const REPLIES_MS = 5 * DAY_MS;
// What is deleted is in these topics in the clear: no longer than this beyond the time it is kept for.
const SEGMENT_MS = DAY_MS / 2;
const HEADERS = 'instance-flow-headers-for-registered-instance';
const PART = /^[a-z0-9-]+$/;

/** A part of the names of documented topics cannot be one. */
export class InvalidTopicPart extends Error {
  override readonly name = 'InvalidTopicPart';
  constructor(setting: string, given: string) {
    super(`${setting} ${JSON.stringify(given)} cannot be part of a topic's name: [a-z0-9-]+`);
  }
}

type Filled = Required<InstanceTopicConfig>;
type Row = readonly [InstanceTopicRole, InstanceTopic['direction'], string];

/** The documented topics of instances. @throws InvalidTopicPart */
export const createInstanceTopics = (config: InstanceTopicConfig): InstanceTopics => {
  const filled: Filled = {
    ...{ orgId: 'local', domainContext: 'flyt', applicationId: 'fint-flyt-instance-service' },
    ...{ eventsRetentionMs: EVENTS_MS, errors: 'named', flowHeaders: 'own' },
    ...config,
  };
  const { orgId, domainContext, applicationId, errors, flowHeaders, eventsRetentionMs } = filled;
  for (const [setting, part] of Object.entries({ orgId, domainContext, applicationId }))
    if (!PART.test(part)) throw new InvalidTopicPart(setting, part);
  const prefix = `${orgId}.${domainContext}`;
  const all = rowsOf(filled).map(([role, direction, rest]): InstanceTopic => ({
    ...{ role, direction, name: `${prefix}.${rest}`, partitions: 1 },
    retentionMs: retentionOf(role, eventsRetentionMs),
    segmentMs: SEGMENT_MS,
  }));
  return {
    ...{ all, applicationId, errors, flowHeaders },
    takenFrom: (name) => takenRole(all.find((topic) => topic.name === name)),
    isReplyTopic: (name) => {
      const [before, after] = [`${prefix}.reply.`, `.${HEADERS}`];
      const asker = name.slice(before.length, -after.length);
      return name === `${before}${asker}${after}` && PART.test(asker);
    },
  };
};

const rowsOf = (config: Filled): readonly Row[] => [
  ['instanceReceived', 'in', 'event.instance-received'],
  ['instanceDispatched', 'in', 'event.instance-dispatched'],
  ['instanceMapped', 'in', 'event.instance-mapped'],
  ['instanceReadyForDispatch', 'in', 'event.instance-ready-for-dispatch'],
  ['instanceReceivalError', 'in', 'event.error.instance-receival-error'],
  ['instanceMappingError', 'in', 'event.error.instance-mapping-error'],
  ['instanceDispatchingError', 'in', 'event.error.instance-dispatching-error'],
  ['instanceRegistered', 'out', 'event.instance-registered'],
  ['instanceRequestedForRetry', 'out', 'event.instance-requested-for-retry'],
  ['instanceDeleted', 'out', 'event.instance-deleted'],
  ...errorRows(config),
  ...headersRows(config),
];

const errorRows = ({ errors }: Filled): readonly Row[] =>
  errors === 'merged'
    ? [['instanceError', 'both', 'event.error.instance-error']]
    : [
        ['instanceRegistrationError', 'out', 'event.error.instance-registration-error'],
        ['instanceRetryRequestError', 'out', 'event.error.instance-retry-request-error'],
      ];

const headersRows = ({ flowHeaders, applicationId }: Filled): readonly Row[] => {
  const request = `request.${HEADERS}.by.instance-id`;
  return flowHeaders === 'own'
    ? [['headersRequest', 'in', request]]
    : [
        ['headersRequest', 'out', request],
        ['headersReply', 'in', `reply.${applicationId}.${HEADERS}`],
      ];
};

const retentionOf = (role: InstanceTopicRole, eventsRetentionMs: number): number => {
  if (role === 'headersRequest') return REQUESTS_MS;
  return role === 'headersReply' ? REPLIES_MS : eventsRetentionMs;
};

const takenRole = (topic: InstanceTopic | undefined): InstanceTakenRole | undefined =>
  topic === undefined || topic.direction === 'out' ? undefined : TAKEN.find((role) => role === topic.role);
