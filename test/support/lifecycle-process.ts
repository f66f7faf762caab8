// A process whose service does as its argument says. Started by test/faults/lifecycle.spec.ts.
import { systemClock } from '../../src/infra/clock/system.ts';
import { runProcess } from '../../src/infra/process/run-process.ts';

const behaviour = process.argv[2] ?? 'serve';
const clock = systemClock();

const startFailure = (): Error | undefined => {
  if (behaviour === 'DataDirLocked' || behaviour === 'WrongMasterKey') {
    return Object.assign(new Error('because'), { name: behaviour });
  }
  if (behaviour === 'EACCES') return Object.assign(new Error('because'), { code: 'EACCES' });
  return behaviour === 'Error' ? new Error('because') : undefined;
};

await runProcess({
  clock,
  compose: (crash) => {
    const failure = startFailure();
    if (failure !== undefined) return Promise.reject(failure);
    return Promise.resolve({
      start: () => {
        // Keeps the process alive, as a listening server would.
        clock.schedule(60_000, () => undefined);
        if (behaviour === 'reject') void Promise.reject(new Error('unhandled rejection'));
        if (behaviour === 'disk')
          crash(Object.assign(new Error('a failed fsync'), { name: 'UnsafeDatabase' }));
        if (behaviour === 'defect') crash(new Error('a defect'));
        if (behaviour === 'throw') {
          clock.schedule(0, () => {
            throw new Error('uncaught exception');
          });
        }
        return Promise.resolve({ address: 'nowhere' });
      },
      close: () => {
        if (behaviour === 'hang') return new Promise<void>(() => undefined);
        console.log('closed cleanly');
        return Promise.resolve();
      },
    });
  },
  onStarted: (address) => {
    console.log(`started on ${address}`);
  },
  say: (message) => {
    console.error(message);
  },
  onFault: (message, error) => {
    console.error(message, error instanceof Error ? error.message : error);
  },
});
