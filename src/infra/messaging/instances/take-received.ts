import type { Poison } from '../../../commands/dead-letter/cause.ts';
import type { RecordOutcome } from '../../../commands/dead-letter/record-outcome.ts';
import { GENERAL_SYSTEM_ERROR } from '../../../commands/instance/errors.ts';
import type { InstanceHandlers, InstanceObject } from '../../../commands/instance/handlers.ts';
import { instanceObject } from '../../../commands/instance/inputs.ts';
import { parseExactJson } from '../../strict-input/exact-json.ts';
import { outcomeOfRefusal, poison, poisonOfIssues, tooLarge } from '../in/incoming.ts';
import { ofFlow } from './instance-record.ts';
import type { FlowRecord, Taker } from './instance-record.ts';

type Commands = Pick<InstanceHandlers, 'receiveInstance' | 'refuseIntake'>;

/**
 * Registers an instance. One that cannot be is refused, of which its sender is told, and becomes a dead letter, so that
 * it can be mended and taken again.
 */
export const takeReceived = (commands: Commands): Taker =>
  ofFlow(async (record) => {
    const value = objectIn(record);
    if (value.kind === 'poison') return refused(commands, record, value);
    const { headers, context } = record;
    const result = await commands.receiveInstance({ headers, value: value.object }, context);
    if (result.kind === 'done')
      return { kind: 'done', position: result.position, instanceId: result.value.instanceId };
    const outcome = outcomeOfRefusal(result);
    return outcome.kind === 'poison' ? refused(commands, record, outcome) : outcome;
  });

type Read = { readonly kind: 'object'; readonly object: InstanceObject } | Poison;

const objectIn = ({ value }: FlowRecord): Read => {
  if (value === null) return poison('malformed_json', 'the record has no value');
  const flaw = tooLarge(value);
  if (flaw !== undefined) return flaw;
  const parsed = parseExactJson(value);
  if (parsed.kind === 'flawed')
    return poison('malformed_json', parsed.flaw.detail, { pointer: parsed.flaw.pointer });
  const read = instanceObject.safeParse(parsed.value);
  return read.success ? { kind: 'object', object: read.data } : poisonOfIssues(read.error);
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
