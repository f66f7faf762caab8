// One after the other, and what comes of it: medians in a table.
import { medianOf } from '../support/latencies.ts';
import { shown } from '../support/report.ts';
import { tableOf } from '../support/table.ts';
import type { Peer, RunningPeer } from './peer.ts';

export type Round = {
  readonly peer: string;
  readonly durability: string;
  readonly inFlight: number;
  readonly perSecond: number;
  readonly p50: number;
  readonly p99: number;
  /** Of the server, seconds for 1,000 runs; NaN where it is not known. */
  readonly cpu: number;
};

export type Load = {
  readonly inFlights: readonly number[];
  readonly runs: number;
  /** Not measured: what a server still compiles or grows into says nothing of it an hour later. */
  readonly warmUpRuns: number;
};

const ALONE_SHARE = 10;

/** With one in flight a tenth of the runs: they are as many as are needed, and take long. */
const runsWith = (inFlight: number, runs: number): number =>
  inFlight === 1 ? Math.ceil(runs / ALONE_SHARE) : runs;

const measure = async (running: RunningPeer, runs: number, inFlight: number) => {
  const before = running.serverCpu() ?? Number.NaN;
  const { completed, seconds, p50, p99 } = await running.run(runs, inFlight);
  const cpu = (1000 * ((running.serverCpu() ?? Number.NaN) - before)) / completed;
  return { inFlight, perSecond: completed / seconds, p50, p99, cpu };
};

/** Starts it, warms it up at the most that is asked, measures, and takes it away again. */
export const roundOf = async (
  peer: Peer,
  { inFlights, runs, warmUpRuns }: Load,
): Promise<readonly Round[]> => {
  const running = await peer.start();
  try {
    await running.run(warmUpRuns, Math.max(...inFlights));
    const rounds: Round[] = [];
    for (const inFlight of inFlights) {
      const round = await measure(running, runsWith(inFlight, runs), inFlight);
      rounds.push({ peer: peer.name, durability: running.durability, ...round });
    }
    return rounds;
  } finally {
    await running.stop();
  }
};

const HEADER = ['', 'in flight', 'runs/s', 'p50 ms', 'p99 ms', 'server CPU s per 1,000', 'Skald is'];

/** Medians of all rounds; how many times as many runs Skald does, where it was measured too. */
export const summary = (rounds: readonly Round[]): string => {
  const groups = Map.groupBy(rounds, ({ peer, inFlight }) => JSON.stringify([peer, inFlight]));
  const medians = [...groups.values()].flatMap((group) => {
    const [first] = group;
    const median = (key: 'perSecond' | 'p50' | 'p99' | 'cpu'): number =>
      medianOf(group.map((one) => one[key]));
    return first === undefined
      ? []
      : [
          {
            ...first,
            perSecond: median('perSecond'),
            p50: median('p50'),
            p99: median('p99'),
            cpu: median('cpu'),
          },
        ];
  });
  const ours = new Map(
    medians.flatMap(({ peer, inFlight, perSecond }) =>
      peer === 'Skald' ? [[inFlight, perSecond] as const] : [],
    ),
  );
  const rows = medians
    .toSorted((one, other) => one.inFlight - other.inFlight)
    .map(({ peer, inFlight, perSecond, p50, p99, cpu }) => {
      const times = (ours.get(inFlight) ?? Number.NaN) / perSecond;
      const factor = peer === 'Skald' || Number.isNaN(times) ? '' : `${times.toFixed(1)} ×`;
      return [peer, String(inFlight), ...[perSecond, p50, p99, cpu].map(shown), factor];
    });
  const durable = new Map(rounds.map(({ peer, durability }) => [peer, durability]));
  const durabilities = [...durable].map(([peer, durability]) => `${peer}: ${durability}`);
  return [tableOf(HEADER, rows, (column) => column > 0), '', ...durabilities].join('\n');
};
