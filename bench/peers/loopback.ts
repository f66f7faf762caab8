// A network in which there is nothing but loopback: what is measured can reach nobody, whatever it tries. Restate's
// server asks the net for a newer version at each start and has no setting for that.
import { spawnSync } from 'node:child_process';
import { networkInterfaces } from 'node:os';

/** Runs its arguments in a network of their own, once its loopback is up. */
const UP = 'ip link set lo up && exec "$@"';

/** Its processes are its own too: none of them, a database say, outlives the measurement, however that ends. */
const APART = ['--net', '--pid', '--fork', '--kill-child', '--mount-proc'];

const unshare = (): readonly string[] =>
  process.getuid?.() === 0 ? APART : ['--user', '--map-current-user', '--keep-caps', ...APART];

const inside = (command: readonly string[], stdio: 'inherit' | 'ignore') =>
  spawnSync('unshare', [...unshare(), 'sh', '-c', UP, 'sh', ...command], { stdio });

export const isLoopbackOnly = (): boolean =>
  Object.values(networkInterfaces()).every((all) => all?.every(({ internal }) => internal) ?? true);

/** Whether this machine lets us make such a network: Linux, with `unshare` and `ip`. */
export const canIsolate = (): boolean => inside(['true'], 'ignore').status === 0;

/** Runs this program once more, in there; its exit code. */
export const runIsolated = (): number =>
  inside([process.execPath, ...process.argv.slice(1)], 'inherit').status ?? 1;
