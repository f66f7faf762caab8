import { ask } from './ask.ts';
import type { Ask, Member } from './ask.ts';
import { createProcesses } from './processes.ts';
import type { ClusterOptions, Processes } from './processes.ts';
import type { Surroundings } from './stores.ts';

/** The processes over one log: started, crashed, stalled, replaced and started again. */
export const createCluster = (around: Surroundings, options: ClusterOptions) => {
  const { random, faults } = around;
  const { shared } = options;
  const processes = createProcesses(around, options);
  const { members, start, knowsClaims } = processes;
  if (shared === null) start('main', true);
  else for (const [index, isReactor] of shared.reactors.entries()) start(`p${index}`, isReactor);
  if (members.length > 1) faults.saw('several-worlds');
  const asks: Ask = (label, run, onLost) =>
    ask(around, members.length === 0 ? undefined : random.pick(members), { label, run, onLost });
  return {
    /** Sends a call to one of the processes. `onLost`: what it does when it cannot give its answer away. */
    ask: asks,
    ...disturbancesOf(around, processes, shared !== null),
    /** No claim was ever forgotten. */
    knowsClaims,
  };
};
/** What may happen to any of them at any time. */
const disturbancesOf = (
  { scheduler, random }: Surroundings,
  { members, crash, leave, end, restartLater }: Processes,
  isShared: boolean,
) => {
  const someone = (act: (member: Member) => void): void => {
    if (members.length > 0) act(random.pick(members));
  };
  return {
    crashOne: () => {
      someone(({ owner }) => crash(owner));
    },
    stallOne: () => {
      someone(({ owner }) => scheduler.stall(owner, random.between(1, 60_000)));
    },
    /** One is told to stop and does, or is killed before it has. */
    drainOne: () => {
      someone(({ owner, world }) => {
        world.stop();
        scheduler.after('cluster', `${owner} has had its time`, random.between(0, 10_000), () => {
          crash(owner);
        });
      });
    },
    /** One falls silent and is replaced at once; then it wakes up and goes on for a while, knowing nothing of it. */
    replaceOne: () => {
      if (!isShared) return;
      someone((member) => {
        const stalledMs = random.between(1000, 90_000);
        leave(member.owner);
        scheduler.stall(member.owner, stalledMs);
        restartLater(member);
        scheduler.after('cluster', `${member.owner} ends`, stalledMs + random.between(1, 30_000), () => {
          end(member);
        });
      });
    },
  };
};

export type Cluster = ReturnType<typeof createCluster>;
