import type { Snapshot, Snapshots } from '../../src/infra/snapshots/port.ts';
import type { PortFaults } from './sites.ts';
import type { Call } from './unreliable.ts';

/** Snapshots that survive every process; now and then one is lost, or is that of an earlier time. */
export const simulatedSnapshots = (faults: PortFaults) => {
  const kept = new Map<string, readonly Snapshot[]>();
  const found = (name: string): Snapshot | undefined => {
    const all = kept.get(name) ?? [];
    if (faults.hits('snapshot-is-lost')) return undefined;
    return faults.hits('snapshot-is-old') ? all[0] : all.at(-1);
  };
  /** The port as one process sees it. */
  const through = (call: Call): Snapshots => ({
    load: (name) => call(`loads ${name}`, () => found(name)),
    save: (name, snapshot) =>
      call(`saves ${name}`, () => {
        kept.set(name, [...(kept.get(name) ?? []).slice(-2), snapshot]);
      }),
  });
  return { through };
};
