// Registers an orchestration, starts two runs of it, and follows what happens; examples/sdk-worker does its steps:
//   npm run example:client
import { client, each, SkaldProblem, valueOf } from '@skald/sdk';

const skald = client({
  url: process.env['SKALD_URL'] ?? 'http://127.0.0.1:8080',
  token: process.env['SKALD_TOKEN'],
});

await skald.orchestrations.register({
  body: {
    orchName: 'open-tenant',
    as: 'initiator',
    type: 'sequential',
    steps: [
      { name: 'create-realm', seq: 1, objectType: 'realm' },
      { name: 'invite-admin', seq: 2, objectType: 'account', undo: false },
    ],
  },
});

const startRun = async (name: string, plan: string): Promise<string> => {
  const { flowId } = await skald.runs.start({ orchName: 'open-tenant', body: { name, plan } });
  return flowId;
};

/** Every event of a run, until it has ended. */
const follow = async (flowId: string): Promise<void> => {
  for await (const { event } of skald.feed.events({ stream: `saga-${flowId}`, from: 'start' })) {
    console.log(`  ${event.type}`);
    if (/^Saga(Completed|Undone|Failed)$/.test(event.type)) return;
  }
};

for (const plan of ['team', 'trial']) {
  const flowId = await startRun('acme', plan);
  await follow(flowId);
  const run = await skald.runs.get({ flowId });
  console.log(`${plan}: ${run.status}`, valueOf(run.result['invite-admin'] ?? ''));
}

let count = 0;
for await (const run of each(skald.runs.list, { orchName: 'open-tenant', limit: 1 })) {
  count += run.orchName === 'open-tenant' ? 1 : 0;
}
console.log(`runs listed: ${count > 0 ? 'some' : 'none'}`);

try {
  await skald.runs.get({ flowId: '01890000-0000-7000-8000-000000000000' });
} catch (error) {
  if (!(error instanceof SkaldProblem)) throw error;
  console.log(`refused: ${error.status} ${error.code}`);
}
