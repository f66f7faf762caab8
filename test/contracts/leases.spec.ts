import { memoryLeases } from '../../src/infra/leases/memory.ts';
import { leasesContract } from './leases.contract.ts';

leasesContract('memory', () => {
  let now = 0;
  const leases = memoryLeases({ now: () => now });
  return Promise.resolve({
    first: leases,
    second: leases,
    passFor: (_, ms) => void (now += ms),
    passedFor: () => now,
  });
});
