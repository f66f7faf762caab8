import { Option } from 'commander';
import type { Command } from 'commander';
import type { Call, CliDeps } from '../call.ts';
import { confirm } from '../confirm.ts';
import { define, option } from '../define.ts';
import { CliError, usageError } from '../errors.ts';
import { CLI_EXIT } from '../exit-codes.ts';
import type { CliExit } from '../exit-codes.ts';
import { flowIdPart, namePart } from '../ids.ts';
import { waitForRest } from '../rest.ts';
import { runPath } from './saga-read.ts';

const COLUMNS = { FLOW: 'flowId', OUTCOME: 'outcome', STATUS: 'status', DETAIL: 'detail' };

type Steering = {
  readonly verb: 'undo' | 'cancel' | 'pause' | 'resume' | 'retry' | 'skip' | 'complete';
  readonly flowIds: readonly string[];
  readonly path: (flowId: string) => string;
  readonly body?: object;
  /** Asks even for a single run. */
  readonly isDangerous: boolean;
};

type Outcome = {
  readonly flowId: string;
  /** `unknown`: the server could not be reached, or its answer was lost; the rest was not tried. */
  readonly outcome: 'accepted' | 'refused' | 'unknown' | 'failed' | 'timed-out';
  readonly status?: unknown;
  readonly detail?: string;
};

export const sagaSteerCommands = (parent: Command, deps: CliDeps): void => {
  endCommands(parent, deps);
  holdCommands(parent, deps);
  stepCommands(parent, deps);
};

const stepCommands = (parent: Command, deps: CliDeps): void => {
  define(parent, deps, {
    usage: 'retry <flowId> <step>',
    summary: 'try a step again that is blocked or waits for its next attempt',
    example: 'saga retry 0198f3a0-2222-7abc-8def-000000000002 create-admin --reason "quota raised"',
    options: [option.reason(), option.wait('the run has ended')],
    run: (call) => steerStep(call, 'retry'),
  });
  define(parent, deps, {
    usage: 'skip <flowId> <step>',
    summary: 'go on without a blocked step; needs a reason',
    example: 'saga skip 0198f3a0-2222-7abc-8def-000000000002 send-mail --reason "they left"',
    options: [option.reason(), option.wait('the run has ended')],
    run: (call) => steerStep(withReason(call), 'skip'),
  });
  define(parent, deps, {
    usage: 'complete <flowId> <step>',
    summary: 'say that a blocked step was done by hand; needs a reason',
    example: 'saga complete 0198f3a0-2222-7abc-8def-000000000002 create-admin --reason "made by hand"',
    options: [option.reason(), option.wait('the run has ended')],
    run: (call) => steerStep(withReason(call), 'complete'),
  });
};

const steerStep = (call: Call, verb: 'retry' | 'skip' | 'complete'): Promise<void> => {
  const [flowId = '', step = ''] = call.args;
  const path = (id: string) => `${runPath(id)}/steps/${namePart(step)}/${verb}`;
  return steer(call, { verb, flowIds: [flowId], path, isDangerous: false });
};

const withReason = (call: Call): Call => {
  if (call.text('reason') === undefined) throw usageError('why? --reason is kept with the event');
  return call;
};

const endCommands = (parent: Command, deps: CliDeps): void => {
  const common = () => [option.reason(), option.yes(), option.wait('each run has ended')];
  define(parent, deps, {
    usage: 'undo <flowId...>',
    summary: 'undo what runs did; asks first',
    example: 'saga undo 0198f3a0-2222-7abc-8def-000000000002 --reason "changed their mind" --yes --wait 60',
    options: common(),
    run: (call) => {
      const path = (id: string) => `/api/orchestration/undo/${flowIdPart(id)}`;
      return steer(call, { verb: 'undo', flowIds: call.args, path, isDangerous: true });
    },
  });
  define(parent, deps, {
    usage: 'cancel <flowId...>',
    summary: 'end runs; asks first',
    example: 'saga cancel 0198f3a0-2222-7abc-8def-000000000002 --undo --yes',
    options: [new Option('--undo', 'undo what they did'), ...common()],
    run: (call) => {
      const path = (id: string) => `${runPath(id)}/cancel`;
      const body = { undo: call.flag('undo') };
      return steer(call, { verb: 'cancel', flowIds: call.args, path, body, isDangerous: true });
    },
  });
};

const holdCommands = (parent: Command, deps: CliDeps): void => {
  define(parent, deps, {
    usage: 'pause <flowId...>',
    summary: 'start nothing more; asks first for several runs',
    example: 'saga pause 0198f3a0-2222-7abc-8def-000000000002 --reason "maintenance"',
    options: [
      new Option('--timers <how>', 'what becomes of due times').choices(['keep-due', 'keep-remaining']),
      option.reason(),
      option.yes(),
    ],
    run: (call) => {
      const timers = call.text('timers');
      const body = timers === undefined ? {} : { timers };
      const path = (id: string) => `${runPath(id)}/pause`;
      return steer(call, { verb: 'pause', flowIds: call.args, path, body, isDangerous: false });
    },
  });
  define(parent, deps, {
    usage: 'resume <flowId...>',
    summary: 'go on with paused runs; asks first for several runs',
    example: 'saga resume 0198f3a0-2222-7abc-8def-000000000002 --wait 30',
    options: [option.reason(), option.yes(), option.wait('each run has ended')],
    run: (call) => {
      const path = (id: string) => `${runPath(id)}/resume`;
      return steer(call, { verb: 'resume', flowIds: call.args, path, isDangerous: false });
    },
  });
};

/** Sends a command to each run in turn, and shows what came of it. The first thing that went wrong decides the exit. */
const steer = async (call: Call, steering: Steering): Promise<void> => {
  const { verb, flowIds, isDangerous } = steering;
  const what = flowIds.length === 1 ? flowIds.join('') : `${flowIds.length} runs`;
  if (isDangerous || flowIds.length > 1) await confirm(call, `${verb} ${what}?`);
  const steered: Steered[] = [];
  for (const flowId of flowIds) {
    const one = await steerOne(call, steering, flowId);
    steered.push(one);
    if (one.error?.exit === CLI_EXIT.unreachable) break;
  }
  await show(call, steered, flowIds.length);
};

const show = async (call: Call, steered: readonly Steered[], asked: number): Promise<void> => {
  const outcomes = steered.map(({ outcome }) => outcome);
  const error = steered.find((one) => one.error !== undefined)?.error;
  // Of one run there is nothing to show beside the refusal itself.
  const isBare = asked === 1 && outcomes[0]?.status === undefined;
  if (error === undefined || !isBare) await call.output.list(COLUMNS, outcomes, { items: outcomes });
  if (error === undefined) return;
  if (asked === 1) throw error;
  const wrong = asked - outcomes.filter(({ outcome }) => outcome === 'accepted').length;
  throw new CliError(error.exit, `${wrong} of ${asked} did not go as asked`, error.details);
};

type Steered = { readonly outcome: Outcome; readonly error?: CliError };

const steerOne = async (call: Call, { path, body = {} }: Steering, flowId: string): Promise<Steered> => {
  const reason = call.text('reason');
  try {
    await call.api.post(path(flowId), { ...body, ...(reason === undefined ? {} : { reason }) });
  } catch (error) {
    if (!(error instanceof CliError)) throw error;
    return { outcome: { flowId, outcome: wordFor(error.exit, 'refused'), detail: error.message }, error };
  }
  const seconds = call.number('wait');
  return seconds === undefined ? { outcome: { flowId, outcome: 'accepted' } } : rested(call, flowId, seconds);
};

/** What became of a run whose command was accepted: it was, also where nobody can tell how the run goes on. */
const rested = async (call: Call, flowId: string, seconds: number): Promise<Steered> => {
  const found = await waitForRest(call, runPath(flowId), seconds).catch((error: unknown) => {
    if (error instanceof CliError) return error;
    throw error;
  });
  if (found instanceof CliError)
    return { outcome: { flowId, outcome: 'accepted', detail: found.message }, error: found };
  const { run, verdict } = found;
  const { status } = run;
  if (verdict === undefined) return { outcome: { flowId, outcome: 'accepted', status } };
  return {
    outcome: { flowId, outcome: wordFor(verdict.exit, 'failed'), status, detail: verdict.message },
    error: verdict,
  };
};

const wordFor = (exit: CliExit, otherwise: 'refused' | 'failed'): Outcome['outcome'] => {
  if (exit === CLI_EXIT.unreachable) return 'unknown';
  return exit === CLI_EXIT.timedOut ? 'timed-out' : otherwise;
};
