import { startSagaServer } from './saga-server.ts';
import { residentMib } from './threads.ts';

/** A server over what is in the directory, how long it took until it served, and its memory then. */
export const timedStart = async (dataDir: string) => {
  const begun = performance.now();
  // A log that was written without a server says nothing of where the bridge begins.
  const server = await startSagaServer({ dataDir, bus: 'embedded', settings: { BRIDGE_FROM: 'now' } });
  const seconds = (performance.now() - begun) / 1000;
  return { server, seconds, mib: residentMib(server.pid) ?? Number.NaN };
};
