import type { Config } from './config.ts';

/** What the table of topics is made by. */
export const topicConfigOf = ({
  NAMESPACE: namespace,
  TOPIC_PREFIX: topicPrefix,
  TOPICS: overrides,
  TOPIC_REPLICAS: replicas,
  ...config
}: Config) => ({
  namespace,
  instances: {
    ...{ orgId: config.TOPIC_ORG_ID, domainContext: config.TOPIC_DOMAIN_CONTEXT },
    ...{ applicationId: config.APPLICATION_ID, eventsRetentionMs: config.INSTANCE_EVENTS_RETENTION },
    ...{ errors: config.INSTANCE_ERRORS, flowHeaders: config.INSTANCE_FLOW_HEADERS },
  },
  ...(overrides === undefined ? {} : { overrides }),
  ...(replicas === undefined ? {} : { replicas }),
  ...(topicPrefix === undefined ? {} : { topicPrefix }),
});
