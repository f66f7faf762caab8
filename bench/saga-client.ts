// The client process of bench/sagas.ts: keeps some runs in flight, prints how long they took (ms), as JSON.
//   node bench/saga-client.ts <address> <orchestration> <runs> <in flight>
import { keepAlive } from './support/keep-alive.ts';

const [address = '', orchName = '', runs = '0', inFlight = '1'] = process.argv.slice(2);
const post = keepAlive(address, Number(inFlight));
const headers = { prefer: 'wait=30' };
const order = JSON.stringify({ order: 'a small thing', to: 'somebody', amount: 1234.5 });

const latencies: number[] = [];
let left = Number(runs);

/** Runs are started with `Prefer: wait`: the answer comes when the run has ended. */
const loop = async (): Promise<void> => {
  while (left > 0) {
    left -= 1;
    const start = performance.now();
    const answer = await post(`/api/orchestration/execute/${orchName}`, order, headers);
    if (!answer.includes('"status":"COMPLETED"')) throw new Error(`a run did not complete: ${answer}`);
    latencies.push(performance.now() - start);
  }
};

const percentile = (sorted: readonly number[], share: number): number =>
  sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Number.NaN;

const start = performance.now();
await Promise.all(Array.from({ length: Number(inFlight) }, loop));
const seconds = (performance.now() - start) / 1000;
const sorted = latencies.toSorted((a, b) => a - b);
const [p50, p99] = [percentile(sorted, 0.5), percentile(sorted, 0.99)];
console.log(JSON.stringify({ completed: latencies.length, seconds, p50, p99 }));
