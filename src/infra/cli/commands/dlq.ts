import { Option } from 'commander';
import type { Command } from 'commander';
import type { Call, CliDeps } from '../call.ts';
import { define, textsOf } from '../define.ts';
import { letterIdPart } from '../ids.ts';
import { letterText } from '../letter-texts.ts';
import { defineList, pageOf } from '../list.ts';
import { showOne } from '../past.ts';

export const LETTERS = '/api/v1/dead-letters';
export const letterPath = (letterId: string): string => `${LETTERS}/${letterIdPart(letterId)}`;

/** What lists and redrives pick letters by. */
export const letterFilters = () => [
  new Option('--topic <topic>', 'of this topic'),
  new Option('--code <code>', 'with this cause'),
  new Option('--fingerprint <hash>', 'of this group'),
  new Option('--flow-id <flowId>', 'meant for this run'),
  new Option('--from <time>', 'parked at or after'),
  new Option('--to <time>', 'parked before'),
];

const stateFilter = () =>
  new Option('--state <state>', 'in this state').choices([
    ...['parked', 'selected', 'redriving', 'resolved', 'discarded'],
  ]);

export const dlqReadCommands = (parent: Command, deps: CliDeps): void => {
  defineList(parent, deps, {
    usage: 'list',
    summary: 'records that could not be taken in, the latest first',
    example: 'dlq list --state parked --topic orchestrator.response.result',
    path: () => LETTERS,
    columns: {
      LETTER: 'id',
      STATE: 'state',
      TOPIC: 'topic',
      OFFSET: 'offset',
      CODE: 'code',
      FLOW: 'flowId',
      TRIES: 'tries',
      PARKED: 'parkedAt',
    },
    filters: [
      stateFilter(),
      ...letterFilters(),
      new Option('--redrive-id <redriveId>', 'selected by this redrive'),
    ],
  });
  define(parent, deps, {
    usage: 'groups',
    summary: 'by what is wrong with them, the largest group first',
    example: 'dlq groups --state parked',
    options: [stateFilter(), ...letterFilters()],
    run: groups,
  });
  define(parent, deps, {
    usage: 'show <letterId>',
    summary: 'one letter: its content, its editions, what happened to it',
    example: 'dlq show 0198f3a0-2222-5abc-8def-000000000002',
    run: (call) => showOne(call, letterPath(call.args.join('')), letterText),
  });
};

const groups = async (call: Call): Promise<void> => {
  const query = textsOf(call, [stateFilter(), ...letterFilters()]);
  const answer = await call.api.get(`${LETTERS}/groups`, { query });
  const columns = {
    FINGERPRINT: 'fingerprint',
    COUNT: 'count',
    TOPIC: 'example.topic',
    CODE: 'example.code',
    WHERE: 'example.pointer',
    FIRST: 'first',
    LAST: 'last',
    EXAMPLE: 'example.id',
  };
  await call.output.list(columns, pageOf(answer).items, answer);
};
