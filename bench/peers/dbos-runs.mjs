// DBOS is a library: workflows, their steps and the load are one process, PostgreSQL is another.
//   node bench/peers/dbos-runs.mjs <database address> <sequential|simultaneous>, then {runs, inFlight} over IPC
import { DBOS } from '@dbos-inc/dbos-sdk';
import pg from 'pg';
import { timed } from '../support/in-flight.ts';

const [, , systemDatabaseUrl, shape] = process.argv;
const ORDER = { order: 'a small thing', to: 'somebody', amount: 1234.5 };

const step = (name, value) => DBOS.runStep(() => Promise.resolve(value), { name });
const sequential = async (order) => step('third', await step('second', await step('first', order)));
const simultaneous = (order) => Promise.all(['first', 'second', 'third'].map((name) => step(name, order)));
const workflow = shape === 'sequential' ? sequential : simultaneous;
const threeSteps = DBOS.registerWorkflow(workflow, { name: 'threeSteps' });

const settingsOf = async () => {
  const client = new pg.Client({ connectionString: systemDatabaseUrl });
  await client.connect();
  const shown = async (name) => (await client.query(`SHOW ${name}`)).rows[0][name];
  const settings = [];
  for (const name of ['fsync', 'synchronous_commit', 'full_page_writes'])
    settings.push(`${name} = ${await shown(name)}`);
  const version = await shown('server_version');
  await client.end();
  return `PostgreSQL ${version}, ${settings.join(', ')}`;
};

DBOS.setConfig({ name: 'bench', systemDatabaseUrl, logLevel: 'error', applicationVersion: '1' });
await DBOS.launch();
process.on('message', async ({ runs, inFlight }) => {
  process.send(await timed(runs, inFlight, () => threeSteps(ORDER)));
});
process.send(await settingsOf());
