// A process of its own over `bus.db`. `publish` publishes 1, 2, 3 … until it is killed and prints each one once it is
// acknowledged; `read` joins the group `readers`, prints the number of each record it gets and never handles one.
import { writeSync } from 'node:fs';
import { systemClock } from '../../src/infra/clock/system.ts';
import { embeddedBus } from '../../src/infra/message-bus/embedded/embedded.ts';
import { aRecord, valueOf } from './bus-record.ts';

const STDOUT = 1;
const print = (line: string): void => void writeSync(STDOUT, `${line}\n`);

const [dataDir = '', what = '', topic = ''] = process.argv.slice(2);
const bus = await embeddedBus({ dataDir, clock: systemClock() });
if (what === 'read') {
  await bus.consume({
    group: 'readers',
    topics: [topic],
    handle: (record) => {
      print(valueOf(record));
      return new Promise(() => undefined);
    },
    onTrouble: print.bind(undefined, 'trouble'),
    onFatal: print.bind(undefined, 'fatal'),
  });
}
for (let number = 1; what === 'publish'; number += 1) {
  const result = await bus.publish([aRecord(topic, 'k', String(number))]);
  if (result.kind === 'ok') print(String(number));
}
