import { Option } from 'commander';
import type { Command } from 'commander';
import { json } from '../api.ts';
import type { Json } from '../api.ts';
import type { Call, CliDeps } from '../call.ts';
import { define, option } from '../define.ts';
import { flowIdPart } from '../ids.ts';
import { defineList } from '../list.ts';
import { cardWithTable } from '../output.ts';
import { past, showOne } from '../past.ts';
import { waitForRest } from '../rest.ts';
import { explanationText, undoPlanText } from '../saga-texts.ts';
import { listAt, valueAt } from '../table.ts';

export const sagaReadCommands = (parent: Command, deps: CliDeps): void => {
  listCommand(parent, deps);
  define(parent, deps, {
    usage: 'get <flowId>',
    summary: 'one run with its steps',
    example: 'saga get 0198f3a0-2222-7abc-8def-000000000002 --wait 30',
    options: [
      option.wait('it has ended; exits 1 if it failed, 5 if it still goes on').conflicts(['asOf', 'diff']),
      ...[past.asOf(), past.diff()],
    ],
    run: get,
  });
  define(parent, deps, {
    usage: 'explain <flowId>',
    summary: 'why it stands where it stands, who can move it, where its time went',
    example: 'saga explain 0198f3a0-2222-7abc-8def-000000000002',
    options: [past.asOf()],
    run: (call) => shown(call, '/explain', explanationText),
  });
  defineList(parent, deps, {
    usage: 'timeline <flowId>',
    hasPast: true,
    summary: 'what happened to it, in words',
    example: 'saga timeline 0198f3a0-2222-7abc-8def-000000000002 --all',
    path: ([flowId = '']) => `${runPath(flowId)}/timeline`,
    columns: { REVISION: 'revision', AT: 'at', BY: 'by', WHAT: 'text' },
  });
  define(parent, deps, {
    usage: 'undo-plan <flowId>',
    summary: 'what an undo would do, before anybody asks for it',
    example: 'saga undo-plan 0198f3a0-2222-7abc-8def-000000000002',
    options: [past.asOf()],
    run: (call) => shown(call, '/undo-plan', undoPlanText),
  });
};

const listCommand = (parent: Command, deps: CliDeps): void => {
  defineList(parent, deps, {
    usage: 'list',
    hasPast: true,
    summary: 'runs, the newest first',
    example: 'saga list --orch-name create-tenant --waiting worker-missing --all',
    path: () => '/api/v1/sagas',
    columns: {
      FLOW: 'flowId',
      ORCHESTRATION: 'orchName',
      STATUS: 'status',
      WAITING: 'waiting.reason',
      STEP: 'waiting.step',
      STARTED: 'startedAt',
      ENDED: 'endedAt',
    },
    filters: [
      new Option('--status <status>', 'in this state'),
      new Option('--orch-name <name>', 'of this orchestration'),
      new Option('--initiator <service>', 'of this initiator'),
      new Option('--waiting <reason>', 'that wait for this'),
      new Option('--from <time>', 'started at or after'),
      new Option('--to <time>', 'started before'),
    ],
  });
};

export const runPath = (flowId: string): string => `/api/v1/sagas/${flowIdPart(flowId)}`;

const get = async (call: Call): Promise<void> => {
  const [flowId = ''] = call.args;
  const seconds = call.number('wait');
  if (seconds === undefined) return showOne(call, runPath(flowId), runText);
  const { run, verdict } = await waitForRest(call, runPath(flowId), seconds);
  await call.output.one(run, () => runText(run));
  if (verdict !== undefined) throw verdict;
};

const shown = (call: Call, what: string, text: (answer: Json) => string): Promise<void> =>
  showOne(call, `${runPath(call.args[0] ?? '')}${what}`, text);

const runText = (run: Json): string =>
  cardWithTable(run, {
    head: {
      FLOW: 'flowId',
      ORCHESTRATION: 'orchName',
      STATUS: 'status',
      WAITING: 'waiting.reason',
      'WAITS FOR': 'waiting.step',
      SINCE: 'waiting.since',
      NEXT: 'waiting.next',
      STARTED: 'startedAt',
      ENDED: 'endedAt',
    },
    title: 'Steps',
    rows: {
      SEQ: 'seq',
      NAME: 'name',
      DO: 'do.status',
      ATTEMPT: 'do.attempt',
      WORKER: 'do.worker',
      UNDO: 'undo.status',
      ERROR: 'error',
    },
    of: listAt(run, 'steps').map(withError),
  });

/** What stands in the way, for people: where an undo failed, that. */
const withError = (step: unknown): unknown => {
  const error = ['undo', 'do']
    .flatMap((action) => [valueAt(step, `${action}.error`), valueAt(step, `${action}.errorCode`)])
    .find((found) => typeof found === 'string');
  return { ...json.parse(step), error };
};
