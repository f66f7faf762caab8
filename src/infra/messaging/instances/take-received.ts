import type { Poison } from '../../../commands/dead-letter/cause.ts';
import type { RecordOutcome } from '../../../commands/dead-letter/record-outcome.ts';
import { GENERAL_SYSTEM_ERROR } from '../../../commands/instance/errors.ts';
import type { InstanceHandlers, ReceiveInstanceInput } from '../../../commands/instance/handlers.ts';
import { parseExactJson } from '../../strict-input/exact-json.ts';
import { outcomeOfRefusal, poison, poisonOfIssues, tooLarge } from '../in/incoming.ts';
import { ofFlow } from './instance-record.ts';
import { receivedObject, withoutNulls } from './received-object.ts';
import type { FlowRecord, Taker } from './instance-record.ts';

type Commands = Pick<InstanceHandlers, 'receiveInstance' | 'refuseIntake'>;

/**
 * Registers an instance. One that cannot be is refused, of which its sender is told, and becomes a dead letter, so that
 * it can be mended and taken again.
 */
export const takeReceived = (commands: Commands): Taker =>
  ofFlow(async (record) => {
    const read = objectIn(record);
    if (read.kind === 'poison') return refused(commands, record, read);
    const { headers, context } = record;
    const result = await commands.receiveInstance({ headers, ...read.received }, context);
    if (result.kind === 'done')
      return { kind: 'done', position: result.position, instanceId: result.value.instanceId };
    const outcome = outcomeOfRefusal(result);
    return outcome.kind === 'poison' ? refused(commands, record, outcome) : outcome;
  });

type Received = Omit<ReceiveInstanceInput, 'headers'>;
type Read = { readonly kind: 'object'; readonly received: Received } | Poison;

const objectIn = ({ value }: FlowRecord): Read => {
  if (value === null) return poison('malformed_json', 'the record has no value');
  const flaw = tooLarge(value);
  if (flaw !== undefined) return flaw;
  const parsed = parseExactJson(value);
  if (parsed.kind === 'flawed')
    return poison('malformed_json', parsed.flaw.detail, { pointer: parsed.flaw.pointer });
  const read = receivedObject.safeParse(withoutNulls(parsed.value));
  return read.success ? { kind: 'object', received: read.data } : poisonOfIssues(read.error);
};

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
