import type { EngineSettings } from '../../src/commands/engine/engine.ts';
import { LeaseLost } from '../../src/infra/leases/renewal.ts';
import type { Member } from './ask.ts';
import { SimulatedFault } from './sites.ts';
import { createStores } from './stores.ts';
import type { Surroundings } from './stores.ts';
import { createWorld } from './world.ts';
import type { Mutation } from './world.ts';

export type ClusterOptions = {
  /**
   * Null for one process with everything of its own. Else several that share servers: for each, whether it may be the
   * reactor. `leaseMs`: of the reactor's lease.
   */
  readonly shared: { readonly reactors: readonly boolean[]; readonly leaseMs: number } | null;
  readonly settings: EngineSettings;
  readonly cacheBytes: number;
  readonly keepsClaims: boolean;
  /** How far the clocks of processes are behind at most. */
  readonly behindMs: number;
  readonly mutation: Mutation;
};

/** Starts and ends processes over the same stores. */
export const createProcesses = (around: Surroundings, options: ClusterOptions) => {
  const { scheduler, random } = around;
  const { shared } = options;
  const { portsOf, knowsClaims } = createStores(around, { ...options, isShared: shared !== null });
  const members: Member[] = [];
  const onTrouble = (error: unknown): void => {
    if (!isExpected(error)) around.fail(error);
  };
  let started = 0;

  const start = (name: string, isReactor: boolean): void => {
    started += 1;
    const owner = `${name}-${started}`;
    const ports = portsOf(owner, random.between(0, options.behindMs));
    // A process whose log fails ends; somebody starts it again.
    const onEnd = (error: unknown): void => {
      onTrouble(error);
      crash(owner);
    };
    const ofShared = shared === null ? null : { isReactor, leaseMs: shared.leaseMs };
    const world = createWorld(ports, { ...options, shared: ofShared, onTrouble, onEnd });
    const restart = start.bind(undefined, name, isReactor);
    members.push({ owner, world, asks: new Set(), restart });
  };
  const end = ({ owner, asks }: Member): void => {
    scheduler.drop(owner);
    for (const lost of asks) lost();
  };
  const leave = (owner: string): Member | undefined => taken(members, owner);
  const restartLater = ({ owner, restart }: Member): void => {
    scheduler.after('cluster', `${owner} is started again`, random.between(0, 30_000), restart);
  };
  const crash = (owner: string): void => {
    const gone = leave(owner);
    if (gone === undefined) return;
    end(gone);
    restartLater(gone);
  };
  return { members, start, crash, leave, end, restartLater, knowsClaims };
};

export type Processes = ReturnType<typeof createProcesses>;

const taken = (members: Member[], owner: string): Member | undefined => {
  const index = members.findIndex((member) => member.owner === owner);
  return index < 0 ? undefined : members.splice(index, 1)[0];
};

const isExpected = (error: unknown): boolean => error instanceof SimulatedFault || error instanceof LeaseLost;
