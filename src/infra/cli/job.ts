import { z } from 'zod';
import type { Json } from './api.ts';
import type { Call } from './call.ts';
import { CliError } from './errors.ts';
import { CLI_EXIT } from './exit-codes.ts';
import { cardWithTable } from './output.ts';
import { progressText } from './progress.ts';
import { lookUntilOver } from './rest.ts';
import { listAt } from './table.ts';

const comparison = z.looseObject({ isEqual: z.boolean(), differing: z.int() });
const job = z.looseObject({
  kind: z.string(),
  phase: z.string(),
  events: z.int().default(0),
  eventsPerSecond: z.number().default(0),
  result: z.looseObject({ kind: z.string(), comparison: comparison.nullish() }).nullish(),
});
type Job = z.output<typeof job>;

const begun = z.looseObject({ job });
const status = z.looseObject({ name: z.string(), job: job.nullable(), secondsLeft: z.number().nullish() });
const statuses = z.looseObject({ items: z.array(status) });

/** What is being done to a projection, in a word or two. */
export const jobText = (item: unknown): string | null => {
  const parsed = status.safeParse(item);
  const running = parsed.success ? parsed.data.job : null;
  return running === null || running.phase === 'done' ? null : `${running.kind}: ${running.phase}`;
};

/** Shows how the job goes on until it is done, then its result. @throws CliError where it did not end well. */
export const followJob = async (call: Call, started: Json): Promise<void> => {
  if (call.isOff('wait')) {
    await call.output.one(started, () => 'started: skald projections list shows how it goes on\n');
    return;
  }
  const done = await jobDone(call, begun.parse(started).job.kind);
  await call.output.one(done, () => resultText(call.args[0] ?? '', done));
  throwUnlessGood(done);
};

/** @throws CliError where another job is told of: every start of a projector has one, which is done at once. */
const jobDone = async (call: Call, kind: string): Promise<Job> => {
  const { found } = await lookUntilOver(call, Infinity, async () => {
    const { items } = statuses.parse(await call.api.get('/api/v1/projections'));
    const { job: now, secondsLeft = null } = items.find(({ name }) => name === call.args[0]) ?? {};
    if (now?.kind !== kind)
      throw new CliError(
        CLI_EXIT.failure,
        `nothing is known of the ${kind} any more: the projector started over, or does something else by now`,
      );
    const { phase, events: done, eventsPerSecond: perSecond } = now;
    const status = `${phase}: ${progressText({ done, perSecond, unit: 'events', secondsLeft })}`;
    return { found: now, isOver: phase === 'done', status };
  });
  return found;
};

const resultText = (name: string, done: Job): string =>
  cardWithTable(
    { name, ...done },
    {
      head: {
        NAME: 'name',
        RESULT: 'result.kind',
        EVENTS: 'events',
        DOCUMENTS: 'result.comparison.documents',
        DIFFERING: 'result.comparison.differing',
      },
      title: 'Differences',
      rows: { ID: 'id', KIND: 'kind', FIELDS: 'fields' },
      of: listAt(done, 'result.comparison.differences'),
    },
  );

const throwUnlessGood = ({ kind, result }: Job): void => {
  if (result == null) throw new CliError(CLI_EXIT.failure, `the ${kind} ended without a result`);
  const { differing = 0 } = result.comparison ?? {};
  if (result.kind === 'kept') {
    throw new CliError(
      CLI_EXIT.failure,
      `${differing} documents differ: the live one was kept (--accept-changes)`,
    );
  }
  if (result.kind === 'verified' && differing > 0) {
    throw new CliError(CLI_EXIT.failure, `${differing} documents are not what the log makes of them`);
  }
};
