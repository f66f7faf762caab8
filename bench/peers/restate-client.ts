// The client of bench/peers/restate.ts: calls the handler and waits for its answer, each of those in flight on a
// connection of its own, as Restate answers one call of a connection after the other.
//   node bench/peers/restate-client.ts <address> <path> <runs> <in flight>
import { timed } from '../support/in-flight.ts';
import { pipelined } from '../support/pipelined.ts';

const [address = '', path = '', runs = '0', inFlight = '1'] = process.argv.slice(2);
const ORDER = JSON.stringify({ order: 'a small thing', to: 'somebody', amount: 1234.5 });

const lanes = Array.from({ length: Number(inFlight) }, () => pipelined(address, path, { connections: 1 }));
const result = await timed(Number(runs), lanes.length, async (lane) => lanes[lane]?.post(ORDER));
for (const { close } of lanes) close();
console.log(JSON.stringify(result));
