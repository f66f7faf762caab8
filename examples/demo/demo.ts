// The story of a tenant, played against a Skald of its own with workers in processes of their own:
//   npm run demo          (npm run demo -- --help: on Kafka, on servers, against a Skald that is there)
// Exits 0 when each part that was played ended as it must.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { HELP, readOptions, WrongOptions } from './options.ts';
import type { Options } from './options.ts';
import type { Part, Played, Stage } from './part.ts';
import { childProcesses } from './processes.ts';
import type { Processes } from './processes.ts';
import { differencesOf, standingOf, timelineOf } from './report.ts';
import { openTheatre } from './stage.ts';
import { definitions, parts } from './story.ts';

const LIMIT_MS = 180_000;
const USAGE_ERROR = 64;

type Outcome = 'as it must' | 'wrong' | 'not played';

const playAll = async (options: Options, processes: Processes, dataDir: string): Promise<number> => {
  const deadline = AbortSignal.timeout(LIMIT_MS);
  const { stage, close } = await openTheatre(options, processes, { dataDir, deadline });
  try {
    await prepare(stage);
    const outcomes: Outcome[] = [];
    for (const part of parts) outcomes.push(await play(part, stage));
    return conclude(outcomes);
  } finally {
    await close();
  }
};

/** All workers but the one that a part misses, and those of parts that register by themselves. */
const prepare = async ({ skald, named, startWorker }: Stage): Promise<void> => {
  for (const definition of definitions)
    await skald.register({ ...definition, orchName: named(definition.orchName) });
  startWorker('platform-service', 'create-tenant/create-database', 'create-tenant/create-admin');
  startWorker('billing-service', 'create-tenant/open-account', 'verify-tenant/check-payment');
  startWorker('mail-service', 'create-tenant/send-welcome', 'equip-tenant/create-mailbox');
  startWorker('office-service', 'equip-tenant/create-calendar', 'equip-tenant/create-drive');
  await Promise.all([skald.staffed(named('create-tenant')), skald.staffed(named('equip-tenant'))]);
};

const play = async (part: Part, stage: Stage): Promise<Outcome> => {
  console.log(`== ${part.title}`);
  try {
    const played = await part.play(stage);
    if (played !== undefined) return await judge(part, played, stage);
    console.log('   not played: it needs a bus, see --bus\n');
    return 'not played';
  } catch (error) {
    console.log(`   WRONG  ${error instanceof Error ? error.message : String(error)}\n`);
    return 'wrong';
  }
};

const judge = async (part: Part, { flowId, claims = {} }: Played, { skald }: Stage): Promise<Outcome> => {
  const [run, events] = [await skald.ended(flowId), await skald.events(flowId)];
  for (const line of timelineOf(events)) console.log(line);
  console.log(`   run ${flowId}: ${run.status}`);
  for (const step of run.steps) console.log(`     ${step.name}: ${standingOf(step)}`);
  const differences = differencesOf(part, claims, run, events);
  for (const difference of differences) console.log(`   WRONG  ${difference}`);
  console.log(differences.length === 0 ? '   as it must be\n' : '');
  return differences.length === 0 ? 'as it must' : 'wrong';
};

const conclude = (outcomes: readonly Outcome[]): number => {
  const count = (wanted: Outcome): number => outcomes.filter((outcome) => outcome === wanted).length;
  const notPlayed = count('not played');
  const rest = notPlayed === 0 ? '' : `, ${notPlayed} were not played`;
  console.log(`${count('as it must')} of ${outcomes.length} parts ended as they must${rest}`);
  return count('wrong') === 0 ? 0 : 1;
};

const main = async (options: Options): Promise<number> => {
  const dataDir = mkdtempSync(join(tmpdir(), 'skald-demo-'));
  const processes = childProcesses(LIMIT_MS);
  try {
    return await playAll(options, processes, dataDir);
  } finally {
    await processes.stop();
    rmSync(dataDir, { recursive: true, force: true });
  }
};

const started = async (): Promise<number> => {
  try {
    const options = readOptions(process.argv.slice(2), process.env);
    if (options !== 'help') return await main(options);
    console.log(HELP);
    return 0;
  } catch (error) {
    if (!(error instanceof WrongOptions)) throw error;
    console.error(`${error.message}; see --help`);
    return USAGE_ERROR;
  }
};

process.exitCode = await started();
