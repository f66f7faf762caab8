import type { FlowHeaders, InstanceOpeners } from '../../../commands/instance/handlers.ts';
import { cannotBeRead } from '../../../domain/damage.ts';
import { intakeEvents } from '../../../domain/intake/events.ts';
import { idOf } from '../../../domain/stream-name.ts';
import type { StoredEvent } from '../../event-store/port.ts';
import type { OutRecord } from '../../message-bus/port.ts';
import { FLOW_HEADERS, flowHeadersJson } from '../instances/flow-headers.ts';
import { ORIGIN } from '../instances/instance-record.ts';
import { errorCollectionJson, instanceObjectJson } from '../instances/instance-value.ts';
import type { InstanceTopicRole } from '../instances/instance-topics.ts';
import type { Topics } from '../topics.ts';
import { header } from './cloud-event.ts';

export type DocumentedDeps = {
  readonly openers: Pick<InstanceOpeners, 'openRegistered' | 'openRetry' | 'openDeletion' | 'openIntake'>;
  readonly topics: Topics;
  /** Something cannot be read any more, and never will be. */
  readonly onTrouble: (error: unknown) => void;
};

/** `'omitted'`: there should be one, but what it would hold is gone. */
export type Documented = OutRecord | 'omitted' | undefined;

/** An event as the documented topics of instances tell of it, in the clear; undefined for one they do not tell of. */
export const documentedRecordOf = (
  deps: DocumentedDeps,
  event: StoredEvent,
): Promise<Documented> | undefined => {
  const tell = TOLD.get(event.type);
  return tell && recordBy(tell, deps, event);
};

const recordBy = async (tell: Tell, deps: DocumentedDeps, event: StoredEvent): Promise<Documented> => {
  try {
    const content = await tell(deps, idOf(event.stream), event);
    if (content === 'not_told') return undefined;
    return content === undefined || content === 'erased' ? 'omitted' : recordOf(deps.topics, content);
  } catch (error) {
    if (!cannotBeRead(error)) throw error;
    deps.onTrouble(error);
    return 'omitted';
  }
};

type Content = {
  readonly role: InstanceTopicRole;
  readonly headers: FlowHeaders;
  readonly value: string | null;
};
type Tell = (
  deps: DocumentedDeps,
  id: string,
  event: StoredEvent,
) => Promise<Content | 'erased' | 'not_told' | undefined>;

const recordOf = ({ named, instances }: Topics, { role, headers, value }: Content): OutRecord => ({
  topic: named(role).name,
  key: null,
  value: value === null ? null : Buffer.from(value),
  headers: [header(FLOW_HEADERS, flowHeadersJson(headers)), header(ORIGIN, instances.applicationId)],
});

const registered: Tell = async ({ openers }, instanceId) => {
  const opened = await openers.openRegistered(instanceId);
  if (opened === undefined || opened === 'erased') return opened;
  const value = instanceObjectJson(opened);
  return { role: 'instanceRegistered', headers: opened.headers, value };
};

const retried: Tell = async ({ openers, topics }, instanceId, { revision }) => {
  const opened = await openers.openRetry(instanceId, revision);
  if (opened === undefined || opened === 'erased') return opened;
  const { headers, errors } = opened;
  if (errors !== null)
    return topics.instances.errors === 'merged'
      ? { role: 'instanceError', headers, value: errorCollectionJson(errors, 'RETRY_REQUEST') }
      : { role: 'instanceRetryRequestError', headers, value: errorCollectionJson(errors) };
  const value = instanceObjectJson(opened);
  return { role: 'instanceRequestedForRetry', headers, value };
};

const deleted: Tell = async ({ openers }, instanceId) => {
  const headers = await openers.openDeletion(instanceId);
  if (headers === undefined || headers === 'erased') return headers;
  return { role: 'instanceDeleted', headers, value: null };
};

/** What others refused before it came to us they have told of themselves. */
const refused: Tell = async ({ openers, topics }, intakeId, { data }) => {
  if (intakeEvents.IntakeRefused.parse(data).category === 'receival') return 'not_told';
  const opened = await openers.openIntake(intakeId);
  if (opened === undefined || opened === 'erased') return opened;
  const { headers, errors } = opened;
  return topics.instances.errors === 'merged'
    ? { role: 'instanceError', headers, value: errorCollectionJson(errors, 'REGISTRATION') }
    : { role: 'instanceRegistrationError', headers, value: errorCollectionJson(errors) };
};

const TOLD: ReadonlyMap<string, Tell> = new Map([
  ['InstanceRegistered', registered],
  ['InstanceRetryRequested', retried],
  ['InstanceRetryFailed', retried],
  ['InstanceDeleted', deleted],
  ['IntakeRefused', refused],
]);
