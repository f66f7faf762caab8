import { InvalidArgumentError, Option } from 'commander';
import type { Command } from 'commander';
import type { Call, CliDeps } from '../call.ts';
import { define, option } from '../define.ts';
import { CliError, usageError } from '../errors.ts';
import { CLI_EXIT } from '../exit-codes.ts';
import { lookUntilOver } from '../rest.ts';
import { card } from '../table.ts';
import { filterOptions, whichOf } from './replay-filter.ts';
import { SESSIONS, sessionPath, sessionText } from './replay.ts';

export const replaySteerCommands = (parent: Command, deps: CliDeps): void => {
  createCommand(parent, deps);
  steerCommand(parent, deps, 'start', 'replay what is in the log now');
  steerCommand(parent, deps, 'pause', 'stop for a while');
  steerCommand(parent, deps, 'resume', 'go on where it was paused');
  steerCommand(parent, deps, 'cancel', 'end it before its time');
};

const SPEED = { least: 0.1, most: 100 };

const speed = (text: string): number => {
  const value = /^\d{1,3}(?:\.\d{1,6})?$/.test(text) ? Number(text) : Number.NaN;
  if (value >= SPEED.least && value <= SPEED.most) return value;
  throw new InvalidArgumentError('It must be a number from 0.1 to 100.');
};

const createCommand = (parent: Command, deps: CliDeps): void => {
  define(parent, deps, {
    usage: 'create',
    summary: 'make a session; nothing is replayed until it is started',
    example: 'replay create --category saga --to-topic january --speed 10',
    options: [
      ...filterOptions(),
      new Option('--to-topic <name>', 'to the topic <namespace>.replay.<name>'),
      new Option('--to-file <name>', 'to a file in REPLAY_DIR'),
      new Option('--to-url <url>', 'to a host that REPLAY_CALLBACK_HOSTS names'),
      new Option('--to-sink', 'to memory, to be looked at'),
      new Option('--speed <n>', 'keep the gaps between events, divided by this').argParser(speed),
      new Option('--opened', 'with payloads in the clear'),
      new Option('--stop-at-errors', 'end at the first event that does not arrive'),
    ],
    run: async (call) => {
      const answer = await call.api.post(SESSIONS, {
        ...whichOf(call),
        target: targetOf(call),
        speed: call.number('speed') ?? null,
        payloads: call.flag('opened') ? 'opened' : 'sealed',
        skipErrors: !call.flag('stopAtErrors'),
      });
      await call.output.one(answer, () => card({ SESSION: 'sessionId' }, answer));
    },
  });
};

const targetOf = (call: Call): object => {
  const [topic, file, url] = ['toTopic', 'toFile', 'toUrl'].map(call.text);
  const given = [
    ...(topic === undefined ? [] : [{ kind: 'topic', name: topic }]),
    ...(file === undefined ? [] : [{ kind: 'file', name: file }]),
    ...(url === undefined ? [] : [{ kind: 'callback', url }]),
    ...(call.flag('toSink') ? [{ kind: 'sink' }] : []),
  ];
  const [only, ...others] = given;
  if (only === undefined || others.length > 0)
    throw usageError('where to? One of --to-topic, --to-file, --to-url and --to-sink');
  return only;
};

const steerCommand = (parent: Command, deps: CliDeps, verb: string, summary: string): void => {
  const isGoing = verb === 'start' || verb === 'resume';
  define(parent, deps, {
    usage: `${verb} <sessionId>`,
    summary,
    example: `replay ${verb} 0198f3a0-2222-7abc-8def-000000000002`,
    options: [
      option.reason(),
      ...(isGoing ? [option.wait('it has come to its end; exits 1 if it failed')] : []),
    ],
    run: async (call) => {
      const sessionId = call.args.join('');
      const answer = await call.api.post(`${sessionPath(sessionId)}/${verb}`, {
        reason: call.text('reason') ?? null,
      });
      const seconds = isGoing ? call.number('wait') : undefined;
      if (seconds !== undefined) return untilEnded(call, sessionId, seconds);
      const shown = { sessionId, ...answer };
      await call.output.one(answer, () => card({ SESSION: 'sessionId', STATUS: 'sessionStatus' }, shown));
    },
  });
};

const untilEnded = async (call: Call, sessionId: string, seconds: number): Promise<void> => {
  const { found, isOver } = await lookUntilOver(call, seconds, async () => {
    const session = await call.api.get(sessionPath(sessionId));
    const status = `${String(session['status'])}: ${String(Number(session['percent']))} %`;
    return { found: session, isOver: session['endedAt'] !== null, status };
  });
  await call.output.one(found, () => sessionText(found));
  if (!isOver) throw new CliError(CLI_EXIT.timedOut, `it had not ended after ${seconds} s`);
  if (found['status'] !== 'COMPLETED') throw new CliError(CLI_EXIT.failure, 'it was not completed');
};
