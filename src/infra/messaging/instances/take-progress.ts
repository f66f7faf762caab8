import type { RecordOutcome } from '../../../commands/dead-letter/record-outcome.ts';
import type { InstanceError, InstanceHandlers } from '../../../commands/instance/handlers.ts';
import type { ErrorCategory, ProgressCategory } from '../../../domain/instance/events.ts';
import { poison } from '../in/incoming.ts';
import { ofFlow, ofInstance, outcomeOf, readAs } from './instance-record.ts';
import type { FlowRecord, Taker } from './instance-record.ts';
import { errorCollection, mergedErrors } from './instance-value.ts';
import type { MergedName } from './instance-value.ts';

type ReportCommands = Pick<InstanceHandlers, 'reportInstanceError' | 'refuseIntake'>;

/** It was passed on. Its value says nothing new. */
export const takeDispatched = ({ dispatchInstance }: Pick<InstanceHandlers, 'dispatchInstance'>): Taker =>
  ofInstance((instanceId, { headers, context }) => dispatchInstance(instanceId, { headers }, context));

export const takeProgress = (
  { progressInstance }: Pick<InstanceHandlers, 'progressInstance'>,
  category: ProgressCategory,
): Taker => ofInstance((instanceId, { context }) => progressInstance(instanceId, { category }, context));

export const takeError = (commands: ReportCommands, category: ErrorCategory): Taker =>
  ofFlow(async (record) => {
    const read = readAs(errorCollection, record.value ?? NO_ERRORS);
    return read.kind === 'poison' ? read : report(commands, record, category, read.data.errors);
  });

const CATEGORIES: Readonly<Partial<Record<MergedName, ErrorCategory>>> = {
  RECEIVAL: 'receival',
  MAPPING: 'mapping',
  DISPATCHING: 'dispatching',
};

/** Errors of every kind on one topic: those that only we can find are our own, read back. */
export const takeMergedError = (commands: ReportCommands): Taker =>
  ofFlow(async (record) => {
    const read = readAs(mergedErrors, record.value ?? NO_ERRORS);
    if (read.kind === 'poison') return read;
    const category = CATEGORIES[read.data.name];
    if (category === undefined) return { kind: 'noted', reason: 'own_message' };
    return report(commands, record, category, read.data.errors);
  });

const NO_ERRORS = Buffer.from('{"errors":[]}');

/** What failed before it came to us has no instance: it is kept as a delivery that was refused. */
const report = async (
  { reportInstanceError, refuseIntake }: ReportCommands,
  { headers, context }: FlowRecord,
  category: ErrorCategory,
  errors: readonly InstanceError[],
): Promise<RecordOutcome> => {
  const { instanceId } = headers;
  if (instanceId !== undefined)
    return outcomeOf(await reportInstanceError(instanceId, { category, errors }, context));
  if (category === 'receival') return outcomeOf(await refuseIntake({ headers, errors, category }, context));
  return poison('missing_instance_id', 'the headers of the flow name no instance');
};
