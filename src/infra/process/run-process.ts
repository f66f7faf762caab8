import type { Clock } from '../clock/port.ts';
import { EXIT, exitCodeOf } from './exit-codes.ts';
import type { ExitCode } from './exit-codes.ts';
import { whenLauncherEnds } from './launcher.ts';

/** What a process runs: started once, closed once. */
export type Service = {
  readonly start: () => Promise<{ readonly address: string }>;
  /** Stops taking work, finishes what is under way, closes everything. */
  readonly close: () => Promise<void>;
};

export type ProcessDeps = {
  readonly clock: Clock;
  /**
   * Builds the service; its failure ends the process with the exit code that fits. The service may call
   * `crash` at any time, for a fault it cannot go on after: it ends the process in the same way.
   */
  readonly compose: (crash: (error: unknown) => void) => Promise<Service>;
  readonly onStarted: (address: string) => void;
  /** Called with every message for whoever runs the process. */
  readonly say: (message: string) => void;
  readonly onFault: (message: string, error: unknown) => void;
  /** The end of what started the process counts as the first signal: npm's shell passes none on. */
  readonly endsWithLauncher?: boolean;
};

// A second less than promised: exiting takes time too.
const DRAIN_MS = 24_000;
const CRASH_MS = 5000;
const SIGNALS = ['SIGTERM', 'SIGINT'] as const;

/**
 * Runs a service until a signal: the first one drains it and exits 0, within 25 s at the latest, a second
 * one exits at once. An error nobody handled is logged once and ends the process with 70 within 5 s.
 */
export const runProcess = async (deps: ProcessDeps): Promise<void> => {
  const stopper = stopperOf(deps);
  // Nobody knows what it was: it is a defect, whatever it says.
  const unhandled = (error: unknown): void => {
    stopper.crash(error, EXIT.internal);
  };
  process.on('uncaughtException', unhandled);
  process.on('unhandledRejection', unhandled);
  for (const signal of SIGNALS) process.on(signal, () => void stopper.drain(signal));
  if (deps.endsWithLauncher === true) whenLauncherEnds(deps.clock, stopper.orphaned);
  try {
    const service = await deps.compose((error) => {
      stopper.crash(error, exitCodeOf(error));
    });
    stopper.watch(service);
    deps.onStarted((await service.start()).address);
  } catch (error) {
    deps.say(`Skald cannot start: ${error instanceof Error ? error.message : String(error)}`);
    await stopper.end(exitCodeOf(error), CRASH_MS);
  }
};

const stopperOf = ({ clock, say, onFault }: ProcessDeps) => {
  let service: Service | undefined;
  let stopping = false;

  const drain = async (why: string): Promise<void> => {
    if (stopping) process.exit(EXIT.internal);
    say(`${why}: finishing what is under way; a second signal exits at once`);
    await end(EXIT.ok, DRAIN_MS);
  };

  const end = async (code: ExitCode, withinMs: number): Promise<void> => {
    stopping = true;
    clock.schedule(withinMs, () => {
      say('not everything was finished in time: what is under way is given up');
      process.exit(code === EXIT.ok ? EXIT.internal : code);
    });
    try {
      await service?.close();
    } catch (error) {
      onFault('closing failed', error);
    }
    process.exit(code);
  };

  return {
    watch: (composed: Service) => {
      service = composed;
    },
    end,
    drain,
    orphaned: (): void => {
      if (!stopping) void drain('npm has ended');
    },
    crash: (error: unknown, code: ExitCode): void => {
      if (stopping) return;
      onFault('cannot go on: shutting down', error);
      void end(code, CRASH_MS);
    },
  };
};
