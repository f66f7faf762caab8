import type { Clock } from '../clock/port.ts';
import { frameOf } from './frame-of.ts';
import type { Access, CloseReason, Entry, Outlet } from './port.ts';

const WITHIN_MS = 5000;
/** From the end of a token to the end of the connection, for a client that has no new one. */
const GRACE_MS = 30_000;

type Deps<Allowed extends Access> = {
  readonly clock: Clock;
  readonly outlet: Outlet;
  readonly entry: Entry<Allowed>;
  /** Called with every access after the first. */
  readonly onRenewed: (access: Allowed) => void;
};

/**
 * What a connection may be used for, now. Without access from the start it has 5 s for its first token; when a
 * token ends or is refused from now on, the client is told and has 30 s for a new one of the same subject.
 */
export const createAdmission = <Allowed extends Access>(deps: Deps<Allowed>) => {
  const { clock, outlet, entry, onRenewed } = deps;
  let access: Allowed | undefined;
  const deadline = createDeadline(clock, outlet);
  const take = (next: Allowed): void => {
    const before = access;
    access = next;
    deadline.expiry(next);
    if (before !== undefined) onRenewed(next);
  };
  const decide = (answer: Allowed | CloseReason): void => {
    if (deadline.isEnded()) return;
    if (typeof answer === 'string') return outlet.close(answer);
    if (access !== undefined && access.subject !== answer.subject) return outlet.close('unauthenticated');
    take(answer);
    outlet.send(frameOf({ type: 'authenticated' }));
  };
  if (entry.access === undefined) deadline.firstToken();
  else take(entry.access);
  return {
    current: (): Allowed | undefined => access,
    present: (token: string): void => {
      if (entry.admit === undefined) return decide(access ?? 'unauthenticated');
      entry.admit(token).then(decide, () => {
        // What was shown before holds as long as it holds.
        const detail = 'the token cannot be checked now: send it again';
        if (access === undefined) decide('unavailable');
        else outlet.send(frameOf({ type: 'error', code: 'idp_unavailable', detail }));
      });
    },
    end: deadline.end,
  };
};

const never = () => (): void => undefined;

/** The one time at which the connection has to show something, or is closed. */
const createDeadline = (clock: Clock, outlet: Outlet) => {
  let isEnded = false;
  let stopTimer = (): void => undefined;
  let stopWatching = (): void => undefined;
  const arm = (delayMs: number, task: () => void): void => {
    stopTimer();
    if (!isEnded) stopTimer = clock.schedule(delayMs, task);
  };
  const askAgain = (): void => {
    stopWatching();
    outlet.send(frameOf({ type: 'reauth', withinSeconds: GRACE_MS / 1000 }));
    arm(GRACE_MS, () => outlet.close('unauthenticated'));
  };
  return {
    isEnded: () => isEnded,
    firstToken: (): void => arm(WITHIN_MS, () => outlet.close('authentication_timeout')),
    expiry: ({ expiresAt, whenRefused = never }: Access): void => {
      stopWatching();
      stopWatching = whenRefused(askAgain);
      if (expiresAt === null) stopTimer();
      else arm(Math.max(0, expiresAt - clock.now()), askAgain);
    },
    end: (): void => {
      isEnded = true;
      stopWatching();
      stopTimer();
    },
  };
};
