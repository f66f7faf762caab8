// The story of a tenant, played against a Skald of its own with workers in processes of their own:
//   npm run demo
// Exits 0 when each part ended as it must.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { skaldClient } from './client.ts';
import type { SkaldClient } from './client.ts';
import { childProcesses } from './processes.ts';
import type { Processes } from './processes.ts';
import { differencesOf, standingOf, timelineOf } from './report.ts';
import { definitions, parts } from './story.ts';
import type { Part } from './story.ts';

const LIMIT_MS = 90_000;

const playAll = async (processes: Processes): Promise<number> => {
  const address = await processes.skald();
  const skald = skaldClient(address, AbortSignal.timeout(LIMIT_MS));
  console.log(`Skald serves on ${address}\n`);
  for (const definition of definitions) await skald.register(definition);
  startWorkers(processes, address);
  await Promise.all([skald.staffed('create-tenant'), skald.staffed('equip-tenant')]);
  const startMissing = () => {
    processes.worker(address, 'compliance-service', 'verify-tenant/check-company');
  };
  let failed = 0;
  for (const part of parts) failed += (await play(part, skald, startMissing)) ? 0 : 1;
  return failed;
};

/** All but the one that the last part misses. */
const startWorkers = ({ worker }: Processes, address: string): void => {
  worker(address, 'platform-service', 'create-tenant/create-database', 'create-tenant/create-admin');
  worker(address, 'billing-service', 'create-tenant/open-account', 'verify-tenant/check-payment');
  worker(address, 'mail-service', 'create-tenant/send-welcome', 'equip-tenant/create-mailbox');
  worker(address, 'office-service', 'equip-tenant/create-calendar', 'equip-tenant/create-drive');
};

const play = async (part: Part, skald: SkaldClient, startMissingWorker: () => void): Promise<boolean> => {
  console.log(`== ${part.title}`);
  const flowId = await part.play(skald, startMissingWorker);
  const [run, events] = [await skald.ended(flowId), await skald.events(flowId)];
  for (const line of timelineOf(events)) console.log(line);
  console.log(`   run ${flowId}: ${run.status}`);
  for (const step of run.steps) console.log(`     ${step.name}: ${standingOf(step)}`);
  const differences = differencesOf(part, run, events);
  for (const difference of differences) console.log(`   WRONG  ${difference}`);
  console.log(differences.length === 0 ? '   as it must be\n' : '');
  return differences.length === 0;
};

const main = async (): Promise<number> => {
  const dataDir = mkdtempSync(join(tmpdir(), 'skald-demo-'));
  const processes = childProcesses(dataDir, LIMIT_MS);
  try {
    const failed = await playAll(processes);
    console.log(`${parts.length - failed} of ${parts.length} parts ended as they must`);
    return failed === 0 ? 0 : 1;
  } finally {
    await processes.stop();
    rmSync(dataDir, { recursive: true, force: true });
  }
};

process.exitCode = await main();
