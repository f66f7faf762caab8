import { z } from 'zod';
import { MS, UNITS } from './config-duration.ts';

/** The rows of the one table of topics, `src/infra/messaging/topics.ts`. */
const ROLES = [
  ...(['registration', 'start', 'answers', 'status', 'work'] as const),
  ...(['sagaEvents', 'orchestrationEvents', 'workerEvents', 'deadLetterEvents', 'instanceEvents'] as const),
  'checkpoints',
  ...(['instanceReceived', 'instanceDispatched', 'instanceMapped', 'instanceReadyForDispatch'] as const),
  ...(['instanceReceivalError', 'instanceMappingError', 'instanceDispatchingError'] as const),
  ...(['instanceRegistered', 'instanceRequestedForRetry', 'instanceDeleted', 'instanceError'] as const),
  ...(['instanceRegistrationError', 'instanceRetryRequestError', 'headersRequest', 'headersReply'] as const),
] as const;

const FORM =
  /^(?<role>[A-Za-z]+)\.(?:partitions=(?<partitions>[1-9]\d{0,3})|retention=(?<count>\d{1,6})(?<unit>ms|s|m|h|d))$/;

const groups = z.object({
  role: z.enum(ROLES),
  partitions: z.string().optional(),
  count: z.string().optional(),
  unit: z.enum(UNITS).default('ms'),
});

type Override = { readonly partitions?: number; readonly retentionMs?: number };
type Overrides = Partial<Record<(typeof ROLES)[number], Override>>;

const HOW = `must be entries like sagaEvents.partitions=6 or work.retention=14d, separated by commas; of ${ROLES.join(', ')}`;

/** What differs from the table of topics, as text. */
export const topicOverrides = z.string().transform((text, context): Readonly<Overrides> => {
  const overrides: Overrides = {};
  for (const entry of text.split(',')) {
    const { data } = groups.safeParse(FORM.exec(entry.trim())?.groups);
    if (data === undefined) {
      context.addIssue({ code: 'custom', message: HOW });
      return z.NEVER;
    }
    overrides[data.role] = { ...overrides[data.role], ...changeOf(data) };
  }
  return overrides;
});

const changeOf = ({ partitions, count, unit }: z.output<typeof groups>): Override =>
  partitions === undefined ? { retentionMs: Number(count) * MS[unit] } : { partitions: Number(partitions) };
