import { Option } from 'commander';
import type { Command } from 'commander';
import type { Json } from '../api.ts';
import type { CliDeps } from '../call.ts';
import { define } from '../define.ts';
import { instanceIdPart } from '../ids.ts';
import { defineList } from '../list.ts';
import { past, showOne } from '../past.ts';
import { card, listAt, table } from '../table.ts';

export const INSTANCES = '/api/v1/instances';
export const instancePath = (instanceId: string): string => `${INSTANCES}/${instanceIdPart(instanceId)}`;

export const instanceReadCommands = (parent: Command, deps: CliDeps): void => {
  listCommand(parent, deps);
  define(parent, deps, {
    usage: 'get <instanceId>',
    summary: 'one instance with its headers and its value',
    example: 'instance get 1042 -o json',
    options: [past.asOf(), past.diff()],
    run: (call) => showOne(call, instancePath(call.args.join('')), instanceText),
  });
  define(parent, deps, {
    usage: 'history <instanceId>',
    summary: 'what happened to it, and how it stood from then on',
    example: 'instance history 1042',
    options: [past.asOf()],
    run: (call) => showOne(call, `${instancePath(call.args.join(''))}/history`, historyText),
  });
};

const listCommand = (parent: Command, deps: CliDeps): void => {
  defineList(parent, deps, {
    usage: 'list',
    hasPast: true,
    summary: 'instances and refused deliveries, the newest first',
    example: 'instance list --status FAILED --source-application-id 2',
    path: () => INSTANCES,
    columns: {
      INSTANCE: 'id',
      STATUS: 'status',
      LATEST: 'latest',
      STORAGE: 'storageStatus',
      APPLICATION: 'sourceApplicationId',
      INTEGRATION: 'integrationId',
      HELD: 'held',
      CREATED: 'createdAt',
    },
    filters: [
      new Option('--status <status>', 'in this state'),
      new Option('--storage-status <status>', 'of which this is kept'),
      new Option('--error-category <category>', 'whose latest is this error'),
      new Option('--source-application-id <id>', 'of this application'),
      new Option('--integration-id <id>', 'of this integration'),
      new Option('--correlation-id <uuid>', 'that went under it'),
      new Option('--from <time>', 'made at or after'),
      new Option('--to <time>', 'made before'),
      new Option('--sort <field>', 'createdAt, updatedAt or id, descending with - before it'),
    ],
  });
};

const instanceText = (instance: Json): string => {
  const { headers, value } = instance;
  const head = card(
    {
      INSTANCE: 'id',
      STATUS: 'status',
      LATEST: 'latest',
      STORAGE: 'storageStatus',
      HELD: 'held',
      CORRELATION: 'correlationId',
      CREATED: 'createdAt',
      UPDATED: 'updatedAt',
      DELETED: 'deletedAt',
      'PLAIN TEXT UNTIL': 'plaintextUntil',
    },
    instance,
  );
  return value === null ? head : `${head}\n${JSON.stringify({ headers, value }, null, 2)}\n`;
};

const historyText = (history: Json): string =>
  table(
    {
      REVISION: 'revision',
      AT: 'at',
      BY: 'actor.id',
      WHAT: 'category',
      STATUS: 'status',
      REASON: 'details.reason',
      CORRELATION: 'details.correlationId',
      ERRORS: 'details.errors',
    },
    listAt(history, 'items'),
  );
