import { Option } from 'commander';
import type { Command } from 'commander';
import type { Call, CliDeps } from '../call.ts';
import { confirm } from '../confirm.ts';
import { define, option, reasonOf } from '../define.ts';
import { CliError } from '../errors.ts';
import { CLI_EXIT } from '../exit-codes.ts';
import { card, listAt, valueAt } from '../table.ts';
import { instancePath, INSTANCES } from './instance.ts';

export const instanceSteerCommands = (parent: Command, deps: CliDeps): void => {
  retryCommand(parent, deps);
  settleCommand(parent, deps);
  holdCommands(parent, deps);
  define(parent, deps, {
    usage: 'delete <instanceId>',
    summary: 'nobody gets its value any more, its key is destroyed; asks first',
    example: 'instance delete 1042 --reason "asked for by its owner" --yes',
    options: [option.reason(), option.yes()],
    run: async (call) => {
      const instanceId = call.args.join('');
      const reason = reasonOf(call);
      await confirm(call, `delete instance ${instanceId} for good?`);
      await call.api.remove(instancePath(instanceId), { reason });
      await shown(call, 'deleted');
    },
  });
};

const retryCommand = (parent: Command, deps: CliDeps): void => {
  define(parent, deps, {
    usage: 'retry <instanceId...>',
    summary: 'send it, or each of them, out again; asks first for several; exits 1 where one could not be',
    example: 'instance retry 1042 1043 --yes',
    options: [option.yes()],
    run: async (call) => {
      const [only, ...others] = call.args;
      if (only !== undefined && others.length === 0) await retryOne(call, only);
      else await retryMany(call);
    },
  });
};

const retryOne = async (call: Call, instanceId: string): Promise<void> => {
  const answer = await call.api.post(`${instancePath(instanceId)}/retry`, {});
  const columns = { INSTANCE: 'instanceId', CORRELATION: 'correlationId' };
  await call.output.one(answer, () => card(columns, { instanceId, ...answer }));
};

const retryMany = async (call: Call): Promise<void> => {
  await confirm(call, `send ${call.args.length} instances out again?`);
  const answer = await call.api.post(`${INSTANCES}/retries`, { instanceIds: call.args });
  const results = listAt(answer, 'results');
  const columns = { INSTANCE: 'instanceId', OUTCOME: 'outcome', CORRELATION: 'correlationId' };
  await call.output.list(columns, results, answer);
  const failed = results.filter((result) => valueAt(result, 'outcome') !== 'requested').length;
  if (failed > 0)
    throw new CliError(CLI_EXIT.failure, `${failed} of ${results.length} could not be sent out again`);
};

const settleCommand = (parent: Command, deps: CliDeps): void => {
  define(parent, deps, {
    usage: 'settle <instanceId>',
    summary: 'settle by hand one that failed',
    example: 'instance settle 1042 --as manually-processed --reason "by phone"',
    options: [
      new Option('--as <settlement>', 'how')
        .choices(['manually-processed', 'manually-rejected', 'overridden-as-transferred'])
        .makeOptionMandatory(),
      new Option('--archive-instance-id <id>', 'where it was put'),
      option.reason(),
    ],
    run: async (call) => {
      const [as = '', reason, archiveInstanceId] = ['as', 'reason', 'archiveInstanceId'].map(call.text);
      await call.api.post(`${instancePath(call.args.join(''))}/settle`, { as, reason, archiveInstanceId });
      await shown(call, as);
    },
  });
};

const holdCommands = (parent: Command, deps: CliDeps): void => {
  const command = (name: string, summary: string, outcome: string): void => {
    define(parent, deps, {
      usage: `${name} <instanceId>`,
      summary,
      example: `instance ${name} 1042 --reason "case 2026/17"`,
      options: [option.reason()],
      run: async (call) => {
        await call.api.post(`${instancePath(call.args.join(''))}/${name}`, { reason: reasonOf(call) });
        await shown(call, outcome);
      },
    });
  };
  command('hold', 'nothing deletes it until the hold is lifted', 'held');
  command('lift-hold', 'it may be deleted again', 'no longer held');
};

const shown = (call: Call, outcome: string): Promise<void> => {
  const done = { instanceId: call.args.join(''), outcome };
  return call.output.one(done, () => card({ INSTANCE: 'instanceId', OUTCOME: 'outcome' }, done));
};
