import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import type { Measured } from '../support/saga-world.ts';

/** What is compared: it runs three steps, one behind the other, each of them durable before the next. */
export type Peer = {
  readonly name: string;
  /** Why it cannot be measured here; undefined where it can. */
  readonly missing: () => string | undefined;
  /** Started afresh for each round, with nothing in its files. */
  readonly start: () => Promise<RunningPeer>;
};

export type RunningPeer = {
  /** What of its settings decides whether an acknowledged step survives a power cut. */
  readonly durability: string;
  readonly run: (runs: number, inFlight: number) => Promise<Measured>;
  /** Processor seconds of its server so far; undefined where that is not one process. */
  readonly serverCpu: () => number | undefined;
  readonly stop: () => Promise<void>;
};

/** Ends a process and waits until it has gone. */
export const ended = async (child: ChildProcess, signal: NodeJS.Signals = 'SIGTERM'): Promise<void> => {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const exited = once(child, 'exit');
  child.kill(signal);
  await exited;
};
