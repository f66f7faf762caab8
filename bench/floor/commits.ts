// Floors of what the log does: commits and reads of plain rows, in one process.
import { join } from 'node:path';
import { latenciesOf } from '../support/latencies.ts';
import type { PlainLog } from './plain-log.ts';
import { plainLog, RUN_COMMITS } from './plain-log.ts';

const WARM_UP_MS = 100;
const GROUPS_WEIGHED = 50;
const IN_FLIGHT_WEIGHED = 64;

const withLog = <Result>(dataDir: string, work: (log: PlainLog) => Result): Result => {
  const log = plainLog(join(dataDir, `floor-${crypto.randomUUID()}.db`));
  try {
    return work(log);
  } finally {
    log.close();
  }
};

/** How long each call took, in ms, called one after the other for as long as asked. */
const repeated = (ms: number, call: () => void): number[] => {
  const took: number[] = [];
  const until = performance.now() + ms;
  for (let now = performance.now(); now < until;) {
    call();
    const after = performance.now();
    took.push(after - now);
    now = after;
  }
  return took;
};

const sumOf = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0);

/** Events per second, so many of them in each commit. */
export const appendFloor = (dataDir: string, perCommit: number, ms: number): number =>
  withLog(dataDir, (log) => {
    const commit = (): void => log.append(perCommit);
    repeated(WARM_UP_MS, commit);
    const took = repeated(ms, commit);
    return (1000 * took.length * perCommit) / sumOf(took);
  });

export type RunFloor = { readonly runsPerSecond: number; readonly p50: number; readonly p99: number };

/** Runs of three steps, so many of them in flight: each of their four commits is shared by all. */
export const runFloor = (dataDir: string, inFlight: number, ms: number): RunFloor =>
  withLog(dataDir, (log) => {
    const runs = (): void => runsOf(log, inFlight);
    repeated(WARM_UP_MS, runs);
    const took = repeated(ms, runs);
    const { p50, p99 } = latenciesOf(took);
    return { runsPerSecond: (1000 * took.length * inFlight) / sumOf(took), p50, p99 };
  });

/** Events per second that are read, parsed and folded, of a log of so many. */
export const readFloor = (dataDir: string, events: number): number =>
  withLog(dataDir, (log) => {
    while (log.rows() < events) log.append(1000);
    log.readAndFold();
    const start = performance.now();
    return (1000 * log.readAndFold()) / (performance.now() - start);
  });

/** Bytes of the file for each run of three steps. */
export const runBytesFloor = (dataDir: string): number =>
  withLog(dataDir, (log) => {
    for (let group = 0; group < GROUPS_WEIGHED; group += 1) runsOf(log, IN_FLIGHT_WEIGHED);
    return log.bytes() / (GROUPS_WEIGHED * IN_FLIGHT_WEIGHED);
  });

/** Some runs from start to end, all of them in the same four commits. */
const runsOf = (log: PlainLog, inFlight: number): void => {
  const first = log.newRuns(inFlight);
  for (let ordinal = 0; ordinal < RUN_COMMITS; ordinal += 1) log.step(first, inFlight, ordinal);
};
