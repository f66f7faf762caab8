import { z } from 'zod';
import { duration } from './config-duration.ts';
import { wholeNumber } from './config-values.ts';
import { secret } from './secret.ts';

const DAY_MS = 86_400_000;
const HUNDRED_YEARS = 36_500;

const topicPart = (fallback: string) =>
  z
    .string()
    .regex(/^[a-z0-9-]{1,60}$/, 'must be 1 to 60 characters of a-z 0-9 -')
    .default(fallback);

const isWebhook = (text: string): boolean => {
  const url = URL.parse(text);
  return url !== null && (url.protocol === 'https:' || url.protocol === 'http:');
};

/** Settings of instances. Most of them have a documented name besides: `config-documented.ts`. */
export const instanceSettings = {
  /** An instance is deleted this many days after it was made. */
  INSTANCE_KEEP_DAYS: wholeNumber(1, HUNDRED_YEARS).default(60),
  /** How long the documented topics keep what happens to instances. */
  INSTANCE_EVENTS_RETENTION: duration(1000, HUNDRED_YEARS * DAY_MS, 4 * DAY_MS),
  /** From the start, or from taking the duty over, to the first look for instances whose time is up. */
  RETENTION_DELAY: duration(1, DAY_MS, 30_000),
  /** From the end of one such run to the next. */
  RETENTION_INTERVAL: duration(1000, 365 * DAY_MS, DAY_MS),
  /** Who speaks on the documented topics of instances: replies, and the header `origin.application.id`. */
  APPLICATION_ID: topicPart('fint-flyt-instance-service'),
  /** The organisation, as texts name it. */
  ORG_ID: z.string().max(100).default('local'),
  /** First and second part of the names of the documented topics of instances. */
  TOPIC_ORG_ID: topicPart('local'),
  TOPIC_DOMAIN_CONTEXT: topicPart('flyt'),
  /** Errors on topics of their own, or all on one. */
  INSTANCE_ERRORS: z.enum(['named', 'merged'], 'must be named or merged').default('named'),
  /** Whether flow headers are our own to tell, or another application is asked for them over the bus. */
  INSTANCE_FLOW_HEADERS: z.enum(['own', 'ask'], 'must be own or ask').default('own'),
  /** Where a text goes when an instance could not be deleted. */
  SLACK_WEBHOOK_URL: z
    .string()
    .refine(isWebhook, 'must be an http or https address')
    .transform(secret)
    .optional(),
} as const;
