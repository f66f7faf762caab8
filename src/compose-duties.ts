import type { FastifyBaseLogger } from 'fastify';
import type { Role } from './config-servers.ts';
import type { Clock, Random } from './infra/clock/port.ts';
import { memoryLeases } from './infra/leases/memory.ts';
import type { Leases } from './infra/leases/port.ts';
import { whileHeld } from './infra/leases/singleton.ts';

/** Work a process does beside answering calls. */
export type Duty = {
  readonly name: string;
  /** Only processes with this role do it; without one, each does. */
  readonly role?: Role;
  /** Only one process at a time does it. */
  readonly isSingle: boolean;
  /** Goes on until the signal aborts. Where it ends or rejects before, it is begun again after a pause. */
  readonly run: (signal: AbortSignal) => Promise<void>;
};

export type DutyDeps = {
  readonly leases: Leases;
  readonly clock: Clock;
  readonly random: Random;
  readonly logger: FastifyBaseLogger;
  /** Unique to this start of this process. */
  readonly holder: string;
  readonly leaseMs: number;
  readonly roles: ReadonlySet<Role>;
};

/** Does what falls to this process until the signal aborts and everything has come to its end. */
export const runDuties = async (
  deps: DutyDeps,
  duties: readonly Duty[],
  signal: AbortSignal,
): Promise<void> => {
  const { clock, random, logger, holder, roles } = deps;
  // What each process does for itself is begun again in the same way, under leases nobody else sees.
  const own = memoryLeases(clock);
  const running = duties
    .filter(({ role }) => role === undefined || roles.has(role))
    .map(({ name, isSingle, run }) =>
      whileHeld({
        leases: isSingle ? deps.leases : own,
        ...{ clock, random, name, holder, ttlMs: deps.leaseMs },
        work: run,
        onTrouble: (err) => {
          logger.error({ err, duty: name }, 'a duty came to a stop; it is taken up again');
        },
      }).run(signal),
    );
  await Promise.all(running);
};
