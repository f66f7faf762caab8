import type { CommitResult, Expected, ProposedEvent } from './log-types.ts';
import type { EventLog } from './log.ts';
import type { Faults, Instead } from './faults.ts';
import { wait } from './outgoing.ts';
import { sizeOf } from './wire.ts';

export type Commit = {
  readonly stream: string;
  readonly expected: Expected;
  /** Undefined where an id is no UUID. */
  readonly events: readonly ProposedEvent[] | undefined;
};

/** How an append ends, before either transport puts it into its own messages. */
export type Outcome =
  | { readonly kind: 'result'; readonly result: Exclude<CommitResult, { kind: 'not_ready' }> }
  | { readonly kind: 'too_large' }
  | { readonly kind: 'bad_request' }
  | { readonly kind: 'silence' }
  | Instead;

export type CommitDeps = {
  readonly log: EventLog;
  readonly faults: Faults['take'];
  readonly maxAppendBytes: number;
};

const released = (log: EventLog): Promise<void> =>
  new Promise((resolve) => {
    const stop = log.watch(() => {
      if (log.isHeld()) return;
      stop();
      resolve();
    });
  });

const written = ({ log, maxAppendBytes }: CommitDeps, { stream, expected, events }: Commit): Outcome => {
  if (events === undefined) return { kind: 'bad_request' };
  if (sizeOf(events) > maxAppendBytes) return { kind: 'too_large' };
  const result = log.append(stream, expected, events);
  return result.kind === 'not_ready' ? { kind: 'silence' } : { kind: 'result', result };
};

/** Faults that take the place of the work, or of its answer where they say it was committed. */
const struck = (deps: CommitDeps, commit: Commit): Outcome | undefined => {
  if (deps.faults.silence('append')) return { kind: 'silence' };
  const fault = deps.faults.instead();
  if (fault?.committed === true) written(deps, commit);
  return fault?.outcome;
};

const hold = ({ log, faults }: CommitDeps): void => {
  const ms = faults.notReplicated();
  if (ms === undefined) return;
  log.hold();
  setTimeout(log.release, ms).unref();
};

/** The write path of both transports: faults, the largest append, the commit decision, replication. */
export const commitThroughFaults = async (deps: CommitDeps, commit: Commit): Promise<Outcome> => {
  const delay = deps.faults.delay('append');
  if (delay !== undefined) await wait(delay);
  const fault = struck(deps, commit);
  if (fault !== undefined) return fault;
  hold(deps);
  const outcome = written(deps, commit);
  if (deps.faults.dropReply()) return { kind: 'silence' };
  if (deps.log.isHeld()) await released(deps.log);
  return outcome;
};
