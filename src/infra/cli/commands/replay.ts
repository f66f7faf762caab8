import { Option } from 'commander';
import type { Command } from 'commander';
import type { Json } from '../api.ts';
import type { CliDeps } from '../call.ts';
import { define } from '../define.ts';
import { sessionIdPart } from '../ids.ts';
import { defineList } from '../list.ts';
import { cardWithTable } from '../output.ts';
import { showOne } from '../past.ts';
import { card, listAt, table } from '../table.ts';
import { filterOptions, whichOf } from './replay-filter.ts';

export const SESSIONS = '/api/v1/replay/sessions';
export const sessionPath = (sessionId: string): string => `${SESSIONS}/${sessionIdPart(sessionId)}`;

const EVENTS = { STREAM: 'stream', REVISION: 'revision', TYPE: 'type', RECORDED: 'metadata.recordedAt' };

export const replayReadCommands = (parent: Command, deps: CliDeps): void => {
  listCommand(parent, deps);
  define(parent, deps, {
    usage: 'get <sessionId>',
    summary: 'how far a session is, and what did not arrive',
    example: 'replay get 0198f3a0-2222-7abc-8def-000000000002',
    run: (call) => showOne(call, sessionPath(call.args.join('')), sessionText),
  });
  define(parent, deps, {
    usage: 'records <sessionId>',
    summary: 'what the sink of a session holds',
    example: 'replay records 0198f3a0-2222-7abc-8def-000000000002 -o jsonl',
    run: async (call) => {
      const answer = await call.api.get(`${sessionPath(call.args.join(''))}/records`);
      if (answer['isHere'] === false) call.io.say('this server holds nothing of it');
      await call.output.list(EVENTS, listAt(answer, 'items'), answer);
    },
  });
  previewCommand(parent, deps);
};

const listCommand = (parent: Command, deps: CliDeps): void => {
  defineList(parent, deps, {
    usage: 'list',
    summary: 'replay sessions, the newest first',
    example: 'replay list --status RUNNING',
    path: () => SESSIONS,
    columns: {
      SESSION: 'sessionId',
      STATUS: 'status',
      WAITING: 'waiting.reason',
      TARGET: 'target.kind',
      TOTAL: 'total',
      REPLAYED: 'replayed',
      FAILED: 'failed',
      SKIPPED: 'skipped',
      CREATED: 'createdAt',
    },
    filters: [
      new Option('--status <status>', 'in this state'),
      new Option('--owner <id>', 'made by them'),
      new Option('--sort <field>', 'createdAt or updatedAt, descending with - before it'),
    ],
  });
};

const previewCommand = (parent: Command, deps: CliDeps): void => {
  define(parent, deps, {
    usage: 'preview',
    summary: 'what a session would replay now: how many events, and the first 100; changes nothing',
    example: 'replay preview --category saga --from 2026-01-01T00:00:00Z --to 2026-02-01T00:00:00Z',
    options: filterOptions(),
    run: async (call) => {
      const preview = await call.api.post('/api/v1/replay/preview', whichOf(call));
      await call.output.one(
        preview,
        () =>
          `${card({ EVENTS: 'total', CUT: 'isCut' }, preview)}\n${table(EVENTS, listAt(preview, 'sample'))}`,
      );
    },
  });
};

export const sessionText = (session: Json): string =>
  cardWithTable(session, {
    head: {
      SESSION: 'sessionId',
      STATUS: 'status',
      TARGET: 'target.kind',
      TOTAL: 'total',
      REPLAYED: 'replayed',
      FAILED: 'failed',
      SKIPPED: 'skipped',
      'PER CENT': 'percent',
      'SECONDS LEFT': 'secondsLeft',
      WAITING: 'waiting.reason',
      UNTIL: 'waiting.until',
      TROUBLE: 'waiting.code',
      WHY: 'failure.detail',
      CREATED: 'createdAt',
      STARTED: 'startedAt',
      ENDED: 'endedAt',
    },
    title: 'What did not arrive',
    rows: { STREAM: 'stream', EVENT: 'eventId', CODE: 'code', DETAIL: 'detail' },
    of: listAt(session, 'errors'),
  });
