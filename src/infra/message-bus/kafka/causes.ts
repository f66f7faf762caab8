/** The error and what caused it, outermost first. */
const chainOf = (error: unknown): readonly Error[] => {
  const chain: Error[] = [];
  for (let one = error; one instanceof Error && !chain.includes(one); one = one.cause) chain.push(one);
  return chain;
};

/** The broker's code for what went wrong, such as `MESSAGE_TOO_LARGE`. */
export const brokerCode = (error: unknown): string | undefined =>
  chainOf(error)
    .map((one) => ('type' in one ? one.type : undefined))
    .find((type) => typeof type === 'string');

const UNREACHABLE = [
  'KafkaJSConnectionError',
  'KafkaJSConnectionClosedError',
  'KafkaJSRequestTimeoutError',
  'KafkaJSNoBrokerAvailableError',
  'KafkaJSBrokerNotFound',
  'KafkaJSGroupCoordinatorNotFound',
  'KafkaJSMetadataNotLoaded',
  'KafkaJSTopicMetadataNotLoaded',
];
const UNREADY = [
  'GROUP_COORDINATOR_NOT_AVAILABLE',
  'GROUP_LOAD_IN_PROGRESS',
  'NOT_COORDINATOR_FOR_GROUP',
  'LEADER_NOT_AVAILABLE',
  'BROKER_NOT_AVAILABLE',
  'NETWORK_EXCEPTION',
  'REQUEST_TIMED_OUT',
];

/** The brokers are away or not ready yet: an outage of theirs, no fault of what was asked. */
export const isOutage = (error: unknown): boolean =>
  chainOf(error).some(({ name }) => UNREACHABLE.includes(name)) || UNREADY.includes(brokerCode(error) ?? '');

const REBALANCE = ['REBALANCE_IN_PROGRESS'];
const EXPELLED = ['ILLEGAL_GENERATION', 'UNKNOWN_MEMBER_ID', 'FENCED_INSTANCE_ID'];

/** The group is sharing out anew; what this member has is still its own until it joins again. */
export const isRebalance = (error: unknown): error is Error => REBALANCE.includes(brokerCode(error) ?? '');

/** The group went on without this member: its partitions are another's. */
export const isExpelled = (error: unknown): boolean => EXPELLED.includes(brokerCode(error) ?? '');
