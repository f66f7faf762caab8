import type { Poison } from '../../../commands/dead-letter/cause.ts';
import type { RecordOutcome } from '../../../commands/dead-letter/record-outcome.ts';
import { GENERAL_SYSTEM_ERROR } from '../../../commands/instance/errors.ts';
import type { InstanceHandlers } from '../../../commands/instance/handlers.ts';
import { outcomeOfRefusal, poison } from '../in/incoming.ts';
import { ofFlow, readAs } from './instance-record.ts';
import type { FlowRecord, Taker } from './instance-record.ts';
import { receivedObject } from './received-object.ts';

const NO_VALUE = poison('malformed_json', 'the record has no value');

type Commands = Pick<InstanceHandlers, 'receiveInstance' | 'refuseIntake'>;

/**
 * Registers an instance. One that cannot be is refused, of which its sender is told, and becomes a dead letter, so that
 * it can be mended and taken again.
 */
export const takeReceived = (commands: Commands): Taker =>
  ofFlow(async (record) => {
    const { value, headers, context } = record;
    const read = value === null ? NO_VALUE : readAs(receivedObject, value);
    if (read.kind === 'poison') return refused(commands, record, read);
    const result = await commands.receiveInstance({ headers, ...read.data }, context);
    if (result.kind === 'done')
      return { kind: 'done', position: result.position, instanceId: result.value.instanceId };
    const outcome = outcomeOfRefusal(result);
    return outcome.kind === 'poison' ? refused(commands, record, outcome) : outcome;
  });

const refused = async (
  { refuseIntake }: Commands,
  { headers, context }: FlowRecord,
  flaw: Poison,
): Promise<RecordOutcome> => {
  const { code, detail, pointer } = flaw;
  const args = { code, detail, ...(pointer === undefined ? {} : { pointer }) };
  const errors = [{ errorCode: GENERAL_SYSTEM_ERROR, args }];
  const told = await refuseIntake({ headers, errors }, context);
  return told.kind === 'unavailable' ? outcomeOfRefusal(told) : flaw;
};
