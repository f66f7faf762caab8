// A process of its own that takes one instance in and is killed by itself at the append named: before it where `when`
// is `before`, once it is in the log and nobody has heard of it where it is `after`.
import { writeSync } from 'node:fs';
import { embeddedEventStore } from '../../src/infra/event-store/embedded/embedded.ts';
import { embeddedKeys } from '../../src/infra/keys/embedded.ts';
import { headersWith, instancesOver, keyed, objectWith } from './instance-world.ts';

const STDOUT = 1;
const [dataDir = '', category = '', when = ''] = process.argv.slice(2);
const die = (): void => {
  writeSync(STDOUT, 'reached\n');
  process.kill(process.pid, 'SIGKILL');
};

const log = await embeddedEventStore({ dataDir });
const keys = await embeddedKeys({ dataDir, masterKey: Buffer.alloc(32, 5) });
const append: typeof log.append = async (stream, ...rest) => {
  const isIt = stream.startsWith(`${category}-`);
  if (isIt && when === 'before') die();
  const result = await log.append(stream, ...rest);
  if (isIt) die();
  return result;
};
const { receiveInstance } = instancesOver({ store: { ...log, append }, keys });
await receiveInstance({ headers: headersWith(), value: objectWith('a form') }, keyed('the same'));
writeSync(STDOUT, 'acknowledged\n');
