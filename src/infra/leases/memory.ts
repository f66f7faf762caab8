import type { Clock } from '../clock/port.ts';
import type { Lease, Leases } from './port.ts';

type Held = Lease & { readonly ttlMs: number; readonly until: number };

/** Leases of one process. */
export const memoryLeases = (clock: Pick<Clock, 'now'>): Leases => {
  const held = new Map<string, Held>();
  const tokens = new Map<string, number>();

  const hold = ({ name, holder, token }: Lease, ttlMs: number): Lease => {
    held.set(name, { name, holder, token, ttlMs, until: clock.now() + ttlMs });
    return { name, holder, token };
  };
  const acquire = (name: string, holder: string, ttlMs: number): Lease | undefined => {
    const current = held.get(name);
    if (current?.holder === holder) return hold(current, ttlMs);
    if (current !== undefined && clock.now() < current.until) return undefined;
    const token = (tokens.get(name) ?? 0) + 1;
    tokens.set(name, token);
    return hold({ name, holder, token }, ttlMs);
  };
  const heldAs = ({ name, holder, token }: Lease): Held | undefined => {
    const current = held.get(name);
    return current?.holder === holder && current.token === token ? current : undefined;
  };
  return {
    acquire: (name, holder, ttlMs) => Promise.resolve(acquire(name, holder, ttlMs)),
    renew: (lease) => {
      const current = heldAs(lease);
      if (current !== undefined) hold(current, current.ttlMs);
      return Promise.resolve(current !== undefined);
    },
    release: (lease) => {
      if (heldAs(lease) !== undefined) held.delete(lease.name);
      return Promise.resolve();
    },
    held: () => Promise.resolve(unlapsed([...held.values()], clock.now())),
  };
};

const unlapsed = (held: readonly Held[], now: number): readonly Lease[] =>
  held.filter(({ until }) => now < until).map(({ name, holder, token }) => ({ name, holder, token }));
