import type { CheckRecord } from '../../../commands/dead-letter/edit-letter.ts';
import type { HandleRecord } from '../../../commands/dead-letter/record-outcome.ts';
import { START } from '../../event-store/port.ts';
import type { Topics } from '../topics.ts';
import { handleRecord } from './handle-record.ts';
import type { InboundCommands } from './handle-record.ts';

/** What would become of a record: it is taken in as any other, by commands that do nothing. */
export const lookAtRecord = (topics: Topics): HandleRecord =>
  handleRecord({ commands: doNothing, answerHeadersRequest: noAnswer, topics, busId: 'look' });

/** What is wrong with the form of a record. */
export const checkRecord = (topics: Topics): CheckRecord => {
  const look = lookAtRecord(topics);
  return async (record) => {
    const outcome = await look(record, 0);
    return outcome.kind === 'poison' ? outcome : undefined;
  };
};

const done = <Value>(value: Value) => ({ kind: 'done' as const, value, position: START, replayed: false });

const noAnswer = () => Promise.resolve({ kind: 'done', position: null } as const);
const nothing = () => Promise.resolve(done(null));

const doNothing: InboundCommands = {
  register: nothing,
  refuseRegistration: nothing,
  startSaga: ({ flowId = '' }) => Promise.resolve(done({ flowId })),
  answerTasks: (answers) =>
    Promise.resolve(answers.map(({ flowId, stepName }) => ({ flowId, stepName, outcome: 'accepted' }))),
  receiveInstance: () => Promise.resolve(done({ instanceId: '0' })),
  refuseIntake: nothing,
  dispatchInstance: nothing,
  progressInstance: nothing,
  reportInstanceError: nothing,
};
