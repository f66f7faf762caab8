import type { HandleRecord, RecordOutcome } from '../../../commands/dead-letter/record-outcome.ts';
import { recordCommandIdOf } from '../../../commands/deterministic-ids.ts';
import { cannotBeRead } from '../../../domain/damage.ts';
import { UNDECODABLE } from '../../message-bus/port.ts';
import type { InRecord } from '../../message-bus/port.ts';
import { isReplayed } from './replayed.ts';
import type { AnswerHeadersRequest } from '../instances/take-headers-request.ts';
import { instanceTakers, LIMITED_BY_FLOW } from '../instances/takers.ts';
import type { InstanceInbound } from '../instances/takers.ts';
import type { Topics } from '../topics.ts';
import { takeAnswer } from './answer.ts';
import type { AnswerTasks } from './answer.ts';
import { poison, tooLarge } from './incoming.ts';
import type { Incoming } from './incoming.ts';
import { readHeaders } from './record-headers.ts';
import { takeRegistration } from './registration.ts';
import type { RegistrationCommands } from './registration.ts';
import { takeStart } from './start.ts';
import type { StartSaga } from './start.ts';

/** What records can ask for: the commands of the HTTP edge. */
export type InboundCommands = RegistrationCommands &
  InstanceInbound & {
    readonly startSaga: StartSaga;
    readonly answerTasks: AnswerTasks;
  };

type Deps = {
  readonly commands: InboundCommands;
  readonly answerHeadersRequest: AnswerHeadersRequest;
  readonly topics: Topics;
  readonly busId: string;
};

/**
 * Takes one record in, whatever its bytes are: it never rejects. A stream that cannot be read makes its own
 * records dead letters; every other failure means "not now".
 */
export const handleRecord = ({ commands, answerHeadersRequest, topics, busId }: Deps): HandleRecord => {
  const takers = {
    ...instanceTakers({ commands, answer: answerHeadersRequest, topics: topics.instances }),
    registration: takeRegistration(commands),
    start: takeStart(commands.startSaga),
    answers: takeAnswer(commands.answerTasks, 'response'),
    work: takeAnswer(commands.answerTasks, 'work'),
  };
  return async (record, edition) => {
    const role = topics.roleOf(record.topic);
    if (role === undefined) return poison('unknown_topic', 'nothing is taken in from this topic');
    const incoming = incomingOf(record, recordCommandIdOf(busId, record, edition));
    if ('kind' in incoming) return incoming;
    const flaw = LIMITED_BY_FLOW.has(role) ? undefined : tooLarge(record.value);
    if (flaw !== undefined) return flaw;
    try {
      return await takers[role](incoming);
    } catch (error) {
      return outcomeOfFailure(error);
    }
  };
};

const incomingOf = (record: InRecord, commandId: string): Incoming | RecordOutcome => {
  const { value } = record;
  if (isReplayed(record)) return { kind: 'noted', reason: 'replayed' };
  // Put there by the bus, for bytes that its client could not read.
  if (record.headers.some(([name]) => name === UNDECODABLE))
    return poison('undecodable', 'the bus could not read the record');
  const read = readHeaders(record);
  if (read.kind === 'flawed') return poison('invalid_header', `the header ${read.name} is not UTF-8`);
  return { value, headers: read.headers, commandId };
};

const outcomeOfFailure = (error: unknown): RecordOutcome =>
  cannotBeRead(error)
    ? poison('integrity', 'what the log holds of it cannot be read')
    : { kind: 'again', detail: error instanceof Error ? error.message : 'it could not be taken in' };
