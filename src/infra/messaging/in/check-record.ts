import type { CheckRecord } from '../../../commands/dead-letter/edit-letter.ts';
import type { Poison } from '../../../commands/dead-letter/cause.ts';
import type { RecordOutcome } from '../../../commands/dead-letter/record-outcome.ts';
import { START } from '../../event-store/port.ts';
import type { InRecord } from '../../message-bus/port.ts';
import type { Topics } from '../topics.ts';
import { handleRecord } from './handle-record.ts';
import type { InboundCommands } from './handle-record.ts';

/** What would become of a record, and what it speaks of, as far as that can be told. */
export type Looked = { readonly outcome: RecordOutcome; readonly named: Named };
type Named = Pick<Poison, 'flowId' | 'instanceId'>;

/** It is taken in as any other, by commands that do nothing. */
export const lookAtRecord =
  (topics: Topics) =>
  async (record: InRecord): Promise<Looked> => {
    let named: Named = {};
    const commands = noCommands((told) => (named = told));
    const handle = handleRecord({ commands, answerHeadersRequest: noAnswer, topics, busId: 'look' });
    const outcome = await handle(record, 0);
    return { outcome, named: outcome.kind === 'poison' ? namedIn(outcome) : named };
  };

const namedIn = ({ flowId, instanceId }: Named): Named => ({
  ...(flowId === undefined ? {} : { flowId }),
  ...(instanceId === undefined ? {} : { instanceId }),
});

/** What is wrong with the form of a record. */
export const checkRecord = (topics: Topics): CheckRecord => {
  const look = lookAtRecord(topics);
  return async (record) => {
    const { outcome } = await look(record);
    return outcome.kind === 'poison' ? outcome : undefined;
  };
};

const done = <Value>(value: Value) => ({ kind: 'done' as const, value, position: START, replayed: false });

const noAnswer = () => Promise.resolve({ kind: 'done', position: null } as const);
const nothing = () => Promise.resolve(done(null));

const noCommands = (tell: (named: Named) => void): InboundCommands => {
  const ofInstance = (instanceId: string) => {
    tell({ instanceId });
    return nothing();
  };
  return {
    register: nothing,
    refuseRegistration: nothing,
    startSaga: ({ flowId }) => {
      if (flowId !== undefined) tell({ flowId });
      return Promise.resolve(done({ flowId: flowId ?? '' }));
    },
    answerTasks: (answers) => {
      for (const { flowId } of answers) tell({ flowId });
      return Promise.resolve(
        answers.map(({ flowId, stepName }) => ({ flowId, stepName, outcome: 'accepted' })),
      );
    },
    receiveInstance: ({ headers: { instanceId } }) => {
      if (instanceId !== undefined) tell({ instanceId });
      return Promise.resolve(done({ instanceId: instanceId ?? '0' }));
    },
    refuseIntake: nothing,
    dispatchInstance: ofInstance,
    progressInstance: ofInstance,
    reportInstanceError: ofInstance,
  };
};
