import type { Clock } from '../../src/infra/clock/port.ts';
import type { Lease, Leases } from '../../src/infra/leases/port.ts';
import { watchedBeats } from '../../src/infra/leases/watched-beats.ts';
import type { Call } from './unreliable.ts';

type Row = {
  readonly _id: string;
  readonly holder: string | null;
  readonly token: number;
  readonly beat: number;
  readonly ttlMs: number;
};

/** Leases that survive every process, as documents in a collection do. */
export const simulatedLeases = () => {
  const rows = new Map<string, Row>();
  const heldAs = ({ name, holder, token }: Lease): Row | undefined => {
    const row = rows.get(name);
    return row?.holder === holder && row.token === token ? row : undefined;
  };
  /** The port as one process sees it: nobody compares clocks, a lease lapses for who has watched it. */
  const through = (call: Call, clock: Pick<Clock, 'now'>): Leases => {
    const watched = watchedBeats(clock);
    const take = (name: string, holder: string, ttlMs: number): Lease | undefined => {
      const row = rows.get(name) ?? { _id: name, holder: null, token: 0, beat: 0, ttlMs };
      const isMine = row.holder === holder;
      if (row.holder !== null && !isMine && !watched.isLapsed(row)) return undefined;
      const token = isMine ? row.token : row.token + 1;
      rows.set(name, { _id: name, holder, token, beat: row.beat + 1, ttlMs });
      return { name, holder, token };
    };
    return {
      acquire: (name, holder, ttlMs) => call(`asks for the lease ${name}`, () => take(name, holder, ttlMs)),
      renew: (lease) =>
        call(`renews the lease ${lease.name}`, () => {
          const row = heldAs(lease);
          if (row !== undefined) rows.set(lease.name, { ...row, beat: row.beat + 1 });
          return row !== undefined;
        }),
      release: (lease) =>
        call(`gives the lease ${lease.name} back`, () => {
          const row = heldAs(lease);
          if (row !== undefined) rows.set(lease.name, { ...row, holder: null });
        }),
      held: () => call('asks who holds leases', () => [...rows.values()].flatMap(leaseIn)),
    };
  };
  return { through };
};

const leaseIn = ({ _id: name, holder, token }: Row): readonly Lease[] =>
  holder === null ? [] : [{ name, holder, token }];
