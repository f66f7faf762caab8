import { Option } from 'commander';
import type { Command } from 'commander';
import { json } from '../api.ts';
import type { Call, CliDeps } from '../call.ts';
import { confirm } from '../confirm.ts';
import { define, option } from '../define.ts';
import { CliError } from '../errors.ts';
import { CLI_EXIT } from '../exit-codes.ts';
import { plainPart } from '../ids.ts';
import { pageOf } from '../list.ts';
import { card } from '../table.ts';
import { followJob, jobText } from '../job.ts';

const LIST = '/api/v1/projections';
const pathOf = ({ args: [name = ''] }: Pick<Call, 'args'>, verb: string): string =>
  `${LIST}/${plainPart(name)}/${verb}`;

export const projectionCommands = (parent: Command, deps: CliDeps): void => {
  define(parent, deps, {
    usage: 'list',
    summary: 'read models: how far behind, what is blocked, what is being done to them',
    example: 'projections list',
    run: list,
  });
  define(parent, deps, {
    usage: 'rebuild <name>',
    summary: 'make it again from the log beside the live one, compare, switch; asks first',
    example: 'projections rebuild sagas --yes',
    options: [
      new Option('--accept-changes', 'switch even where the new one differs'),
      new Option('--no-wait', 'do not wait for the end'),
      option.yes(),
    ],
    run: rebuild,
  });
  define(parent, deps, {
    usage: 'verify <name>',
    summary: 'fold the log again and say what differs; changes nothing; exits 1 on drift',
    example: 'projections verify sagas',
    options: [new Option('--no-wait', 'do not wait for the end')],
    run: async (call) => {
      await followJob(call, await call.api.post(pathOf(call, 'verify'), {}));
    },
  });
  define(parent, deps, {
    usage: 'rollback <name>',
    summary: 'go back to the generation before the live one; asks first',
    example: 'projections rollback sagas --yes',
    options: [option.yes()],
    run: rollback,
  });
  unblockCommand(parent, deps);
};

const unblockCommand = (parent: Command, deps: CliDeps): void => {
  define(parent, deps, {
    usage: 'unblock <name> <document>',
    summary: "fold a blocked document's parked events again",
    example: 'projections unblock sagas 0198f3a0-2222-7abc-8def-000000000002',
    run: unblock,
  });
};

const list = async (call: Call): Promise<void> => {
  const answer = await call.api.get(LIST);
  const { items } = pageOf(answer);
  const rows = items.map((item) => ({ ...json.parse(item), doing: jobText(item) }));
  const columns = {
    NAME: 'name',
    STATE: 'state',
    GENERATION: 'generation',
    'EVENTS BEHIND': 'lag.events',
    'SECONDS BEHIND': 'lag.seconds',
    'EVENTS/S': 'eventsPerSecond',
    BLOCKED: 'blocked',
    JOB: 'doing',
  };
  await call.output.list(columns, call.output.format === 'table' ? rows : items, answer);
};

const rebuild = async (call: Call): Promise<void> => {
  const acceptChanges = call.flag('acceptChanges');
  const terms = acceptChanges ? ' and switch to it whatever differs' : '';
  await confirm(call, `rebuild ${call.args.join('')}${terms}?`);
  await followJob(call, await call.api.post(pathOf(call, 'rebuild'), { acceptChanges }));
};

const rollback = async (call: Call): Promise<void> => {
  await confirm(call, `roll ${call.args.join('')} back to the generation before?`);
  const answer = await call.api.post(pathOf(call, 'rollback'), {});
  await call.output.one(answer, () =>
    card({ NAME: 'name', GENERATION: 'generation' }, { name: call.args[0], ...answer }),
  );
};

const unblock = async (call: Call): Promise<void> => {
  const [name = '', document = ''] = call.args;
  const path = `${LIST}/${plainPart(name)}/documents/${plainPart(document)}/unblock`;
  const answer = await call.api.post(path, {});
  await call.output.one(answer, () =>
    card({ NAME: 'name', DOCUMENT: 'document', RESULT: 'kind' }, { name, document, ...answer }),
  );
  if (answer['kind'] === 'still-blocked')
    throw new CliError(
      CLI_EXIT.failure,
      `still blocked at ${String(answer['type'])}: ${String(answer['reason'])}`,
    );
};
