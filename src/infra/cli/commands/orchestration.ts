import { Option } from 'commander';
import type { Command } from 'commander';
import { z } from 'zod';
import type { Json } from '../api.ts';
import type { Call, CliDeps } from '../call.ts';
import { define } from '../define.ts';
import { CliError } from '../errors.ts';
import { CLI_EXIT } from '../exit-codes.ts';
import { namePart } from '../ids.ts';
import { defineList } from '../list.ts';
import { cardWithTable } from '../output.ts';
import { asOfIn, past, showOne } from '../past.ts';
import { listAt } from '../table.ts';

export const orchestrationCommands = (parent: Command, deps: CliDeps): void => {
  defineList(parent, deps, {
    usage: 'list',
    hasPast: true,
    summary: 'every orchestration, and what is missing',
    example: 'orchestration list --status PENDING',
    path: () => '/api/v1/orchestrations',
    columns: {
      NAME: 'orchName',
      STATUS: 'status',
      VERSION: 'version',
      TYPE: 'type',
      INITIATOR: 'initiator',
      MISSING: 'missingWorkers',
      SINCE: 'missingSince',
    },
    filters: [new Option('--status <status>', 'PENDING, SUCCESS or FAILED')],
  });
  singleCommands(parent, deps);
  defineList(parent, deps, {
    usage: 'registrations <name>',
    hasPast: true,
    summary: 'every attempt to register, whatever came of it',
    example: 'orchestration registrations create-tenant --limit 20',
    path: ([name = '']) => `/api/v1/orchestrations/${namePart(name)}/registrations`,
    columns: {
      AT: 'at',
      SERVICE: 'service',
      ROLE: 'role',
      OUTCOME: 'outcome',
      CODE: 'code',
      REGISTERED: 'registered',
      DETAIL: 'detail',
    },
  });
};

const singleCommands = (parent: Command, deps: CliDeps): void => {
  define(parent, deps, {
    usage: 'get <name>',
    summary: 'its definition and its workers',
    example: 'orchestration get create-tenant',
    options: [past.asOf(), past.diff()],
    run: (call) => showOne(call, pathOf(call), definitionText),
  });
  define(parent, deps, {
    usage: 'preflight <name>',
    summary: 'would a run started now get through; exits 1 if not',
    example: 'orchestration preflight create-tenant',
    options: [past.asOf()],
    run: preflight,
  });
};

const pathOf = ({ args: [name = ''] }: Pick<Call, 'args'>): string =>
  `/api/v1/orchestrations/${namePart(name)}`;

const definitionText = (found: Json): string =>
  cardWithTable(found, {
    head: {
      NAME: 'orchName',
      STATUS: 'status',
      FAILURE: 'failureReason',
      VERSION: 'version',
      TYPE: 'type',
      INITIATOR: 'initiator',
      MISSING: 'missingWorkers',
      SINCE: 'missingSince',
      UPDATED: 'updatedAt',
    },
    title: 'Steps',
    rows: { SEQ: 'seq', NAME: 'name', STATUS: 'status', WORKERS: 'workers', 'MISSING SINCE': 'missingSince' },
    of: listAt(found, 'steps'),
  });

const verdict = z.looseObject({ willRun: z.boolean() });

const preflight = async (call: Call): Promise<void> => {
  const found = verdict.parse(await call.api.get(`${pathOf(call)}/preflight`, asOfIn(call)));
  await call.output.one(found, () =>
    cardWithTable(found, {
      head: { NAME: 'orchName', STATUS: 'status', 'WILL RUN': 'willRun' },
      title: 'Problems',
      rows: { CODE: 'code', STEP: 'step', SERVICE: 'service', BLOCKING: 'isBlocking', DETAIL: 'detail' },
      of: listAt(found, 'problems'),
    }),
  );
  if (!found.willRun) throw new CliError(CLI_EXIT.failure, 'a run started now would not get through');
};
