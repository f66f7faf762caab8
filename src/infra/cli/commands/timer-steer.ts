import { Option } from 'commander';
import type { Command } from 'commander';
import { z } from 'zod';
import type { Call, CliDeps } from '../call.ts';
import { define, option, reasonOf, wholeNumber } from '../define.ts';
import { usageError } from '../errors.ts';
import { flowIdPart, namePart } from '../ids.ts';
import { card } from '../table.ts';
import { runPath } from './saga-read.ts';

export const timerSteerCommands = (parent: Command, deps: CliDeps): void => {
  define(parent, deps, {
    usage: 'reschedule <flowId> <step> [action]',
    summary: 'have something due at another time; needs a reason',
    example:
      'timer reschedule 0198f3a0-2222-7abc-8def-000000000002 create-admin --to 2026-11-23T08:00:00+01:00 --reason "closed"',
    options: [
      new Option('--to <time>', 'when it is due').makeOptionMandatory(),
      option.reason(),
      revisionOption(),
    ],
    run: (call) => steer(call, 'reschedule', { dueAt: call.text('to') }, 'rescheduled'),
  });
  define(parent, deps, {
    usage: 'fire <flowId> <step> [action]',
    summary: 'have it happen now; needs a reason',
    example: 'timer fire 0198f3a0-2222-7abc-8def-000000000002 create-admin --reason "they are open again"',
    options: [option.reason(), revisionOption()],
    run: (call) => steer(call, 'fire', {}, 'fired'),
  });
  define(parent, deps, {
    usage: 'cancel <flowId> <step> [action]',
    summary: 'have it not happen by itself; needs a reason',
    example: 'timer cancel 0198f3a0-2222-7abc-8def-000000000002 create-admin --reason "looked into by hand"',
    options: [option.reason(), revisionOption()],
    run: (call) => steer(call, 'cancel', {}, 'cancelled'),
  });
};

const revisionOption = (): Option =>
  new Option('--revision <n>', 'of the run as you saw it; where it stands now otherwise').argParser(
    wholeNumber(0, 999_999_999),
  );

const ACTIONS = new Set(['do', 'undo']);

const steer = async (call: Call, verb: string, body: object, outcome: string): Promise<void> => {
  const [flowId = '', step = '', action = 'do'] = call.args;
  if (!ACTIONS.has(action)) throw usageError(`the action is do or undo, not ${action}`);
  const reason = reasonOf(call);
  const revision = call.number('revision') ?? (await revisionNow(call, flowId));
  const path = `/api/v1/timers/${flowIdPart(flowId)}/${namePart(step)}/${action}/${verb}`;
  await call.api.post(path, { ...body, reason }, { 'if-match': `"${revision}"` });
  const done = { flowId, step, action, outcome };
  const columns = { FLOW: 'flowId', STEP: 'step', ACTION: 'action', OUTCOME: 'outcome' };
  await call.output.one(done, () => card(columns, done));
};

const run = z.looseObject({ revision: z.int() });

const revisionNow = async ({ api }: Call, flowId: string): Promise<number> =>
  run.parse(await api.get(runPath(flowId))).revision;
