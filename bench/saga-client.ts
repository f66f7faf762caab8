// The client process of bench/sagas.ts: keeps some runs in flight, prints how long they took (ms), as JSON.
//   node bench/saga-client.ts <address> <orchestration> <runs> <in flight> <feed|wait>
// Ends are seen on the feed, or by waiting for them with each start (Prefer: wait).
import { endsOfRuns } from './support/ends-of-runs.ts';
import { pipelined } from './support/pipelined.ts';

const [address = '', orchName = '', runs = '0', inFlight = '1', ends = 'wait'] = process.argv.slice(2);
const ORDER = JSON.stringify({ order: 'a small thing', to: 'somebody', amount: 1234.5 });
const PER_CONNECTION = 16;
const FLOW_ID = '"flowId":"';

const path = `/api/orchestration/execute/${orchName}`;

/** Each starts a run and resolves with the time at which its end was seen. */
const onFeed = async () => {
  const connections = Math.ceil(Number(inFlight) / PER_CONNECTION);
  const { post, close } = pipelined(address, path, { connections });
  const feed = await endsOfRuns(address);
  const run = async (): Promise<number> => {
    const answer = await post(ORDER);
    const start = answer.indexOf(FLOW_ID) + FLOW_ID.length;
    return feed.ended(answer.slice(start, answer.indexOf('"', start)));
  };
  const end = (): void => {
    close();
    feed.close();
  };
  return { run, end };
};

const byWaiting = () => {
  const headers = { prefer: 'wait=30' };
  const { post, close } = pipelined(address, path, { connections: Number(inFlight), headers });
  const run = async (): Promise<number> => {
    const answer = await post(ORDER);
    if (!answer.includes('"status":"COMPLETED"')) throw new Error(`a run did not complete: ${answer}`);
    return performance.now();
  };
  return { run, end: close };
};

const percentile = (sorted: readonly number[], share: number): number =>
  sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Number.NaN;

const { run, end } = ends === 'feed' ? await onFeed() : byWaiting();
const latencies: number[] = [];
let left = Number(runs);
const loop = async (): Promise<void> => {
  while (left > 0) {
    left -= 1;
    const start = performance.now();
    latencies.push((await run()) - start);
  }
};

const start = performance.now();
await Promise.all(Array.from({ length: Number(inFlight) }, loop));
const seconds = (performance.now() - start) / 1000;
const sorted = latencies.toSorted((a, b) => a - b);
const [p50, p99] = [percentile(sorted, 0.5), percentile(sorted, 0.99)];
end();
console.log(JSON.stringify({ completed: latencies.length, seconds, p50, p99 }));
