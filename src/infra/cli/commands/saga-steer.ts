import { Option } from 'commander';
import type { Command } from 'commander';
import type { Call, CliDeps } from '../call.ts';
import { confirm } from '../confirm.ts';
import { define, option, reasonOf } from '../define.ts';
import { CliError } from '../errors.ts';
import { CLI_EXIT } from '../exit-codes.ts';
import type { CliExit } from '../exit-codes.ts';
import { flowIdPart, namePart } from '../ids.ts';
import { waitForRest } from '../rest.ts';
import { runPath } from './saga-read.ts';

const COLUMNS = { FLOW: 'flowId', OUTCOME: 'outcome', STATUS: 'status', DETAIL: 'detail' };

type Steering = {
  readonly verb: 'undo' | 'cancel' | 'pause' | 'resume' | 'retry' | 'skip' | 'complete';
  /** Where it is not that of the run, and the verb. */
  readonly path?: (flowId: string) => string;
  readonly body?: object;
};

/** Asked about even for a single run. */
const DANGEROUS: ReadonlySet<Steering['verb']> = new Set<Steering['verb']>(['undo', 'cancel']);

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
    run: (call) => steerStep(call, 'skip'),
  });
  define(parent, deps, {
    usage: 'complete <flowId> <step>',
    summary: 'say that a blocked step was done by hand; needs a reason',
    example: 'saga complete 0198f3a0-2222-7abc-8def-000000000002 create-admin --reason "made by hand"',
    options: [option.reason(), option.wait('the run has ended')],
    run: (call) => steerStep(call, 'complete'),
  });
};

const steerStep = (call: Call, verb: 'retry' | 'skip' | 'complete'): Promise<void> => {
  const [flowId = '', step = ''] = call.args;
  if (verb !== 'retry') reasonOf(call);
  const path = (id: string) => `${runPath(id)}/steps/${namePart(step)}/${verb}`;
  return steer(call, { verb, path }, [flowId]);
};

const endCommands = (parent: Command, deps: CliDeps): void => {
  const common = () => [option.reason(), option.yes(), option.wait('each run has ended')];
  define(parent, deps, {
    usage: 'undo <flowId...>',
    summary: 'undo what runs did; asks first',
    example: 'saga undo 0198f3a0-2222-7abc-8def-000000000002 --reason "changed their mind" --yes --wait 60',
    options: common(),
    run: (call) => steer(call, { verb: 'undo', path: (id) => `/api/orchestration/undo/${flowIdPart(id)}` }),
  });
  define(parent, deps, {
    usage: 'cancel <flowId...>',
    summary: 'end runs; asks first',
    example: 'saga cancel 0198f3a0-2222-7abc-8def-000000000002 --undo --yes',
    options: [new Option('--undo', 'undo what they did'), ...common()],
    run: (call) => steer(call, { verb: 'cancel', body: { undo: call.flag('undo') } }),
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
    run: (call) => steer(call, { verb: 'pause', body: { timers: call.text('timers') } }),
  });
  define(parent, deps, {
    usage: 'resume <flowId...>',
    summary: 'go on with paused runs; asks first for several runs',
    example: 'saga resume 0198f3a0-2222-7abc-8def-000000000002 --wait 30',
    options: [option.reason(), option.yes(), option.wait('each run has ended')],
    run: (call) => steer(call, { verb: 'resume' }),
  });
};

/** Sends a command to each run in turn, and shows what came of it. The first thing that went wrong decides the exit. */
const steer = async (call: Call, steering: Steering, flowIds = call.args): Promise<void> => {
  const { verb } = steering;
  const what = flowIds.length === 1 ? flowIds.join('') : `${flowIds.length} runs`;
  if (DANGEROUS.has(verb) || flowIds.length > 1) await confirm(call, `${verb} ${what}?`);
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

const steerOne = async (call: Call, { verb, path, body }: Steering, flowId: string): Promise<Steered> => {
  try {
    const address = path?.(flowId) ?? `${runPath(flowId)}/${verb}`;
    await call.api.post(address, { ...body, reason: call.text('reason') });
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
