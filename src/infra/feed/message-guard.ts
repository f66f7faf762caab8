import type { z } from 'zod';
import type { Clock } from '../clock/port.ts';
import type { ClientFrame } from './frames.ts';
import { clientFrame, framed } from './frames.ts';
import type { Outlet, Received } from './port.ts';

const MESSAGES_PER_SECOND = 100;
const MAX_STRIKES = 3;
const MAX_BYTES_UNADMITTED = 4096;

type Deps = { readonly clock: Clock; readonly outlet: Outlet };

/** Lets a connection's well-formed messages through, and closes connections that send too many of the others. */
export const createMessageGuard = ({ clock, outlet }: Deps) => {
  const isWithinRate = rateLimit(clock);
  let strikes = 0;
  const strike = (code: string, detail: string): void => {
    strikes += 1;
    outlet.send(framed({ type: 'error', code, detail }));
    if (strikes >= MAX_STRIKES) outlet.close('policy');
  };
  /** Hands a message on to `handle`, unless it breaks a rule. */
  return (message: Received, isAdmitted: boolean, handle: (frame: ClientFrame) => void): void => {
    if (!isWithinRate()) outlet.close('flood');
    else if (!isAdmitted && message.bytes > MAX_BYTES_UNADMITTED) outlet.close('too_big');
    else if (message.kind === 'malformed') strike('malformed_json', message.detail);
    else if (message.kind === 'json') parse(message.value, isAdmitted, { strike, handle });
  };
};

type Outcome = {
  readonly strike: (code: string, detail: string) => void;
  readonly handle: (frame: ClientFrame) => void;
};

const parse = (value: unknown, isAdmitted: boolean, { strike, handle }: Outcome): void => {
  const parsed = clientFrame.safeParse(value);
  if (!parsed.success) strike(...flawOf(parsed.error));
  else if (isAdmitted || parsed.data.type === 'auth') handle(parsed.data);
  else strike('unauthenticated', 'the first message must be auth');
};

const flawOf = ({ issues: [issue] }: z.ZodError): [code: string, detail: string] => {
  if (issue?.code === 'invalid_union' && issue.path[0] === 'type') {
    return ['unknown_message', 'type must be auth, subscribe, unsubscribe or credit'];
  }
  const place = issue === undefined || issue.path.length === 0 ? '' : `${issue.path.join('/')}: `;
  return ['invalid_input', `${place}${issue?.message ?? 'not a message'}`];
};

/** As many messages as a second allows at once, then as they are earned again. */
const rateLimit = (clock: Clock): (() => boolean) => {
  let left = MESSAGES_PER_SECOND;
  let seenAt = clock.now();
  return () => {
    const now = clock.now();
    left = Math.min(MESSAGES_PER_SECOND, left + ((now - seenAt) * MESSAGES_PER_SECOND) / 1000);
    seenAt = now;
    if (left < 1) return false;
    left -= 1;
    return true;
  };
};
