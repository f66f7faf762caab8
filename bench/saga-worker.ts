// The worker process of bench/sagas.ts: the SDK's worker, each step done at once.
//   node bench/saga-worker.ts <address> <service> <orchestration> <concurrency> <stream|poll>
import { worker } from '../sdk/src/index.ts';

const [url = '', service = '', orchestrations = '', concurrency = '1', transport] = process.argv.slice(2);

const echo = { do: (input: unknown) => input };
await worker({
  ...{ service, url, orchestrations },
  concurrency: Number(concurrency),
  transport: transport === 'poll' ? 'poll' : 'stream',
  steps: { first: echo, second: echo, third: echo },
});
console.log('working');
