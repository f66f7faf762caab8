import type { z } from 'zod';
import type { Clock } from '../clock/port.ts';
import { frameOf } from './frame-of.ts';
import { frameId } from './port.ts';
import type { Outlet, Received } from './port.ts';

const MAX_STRIKES = 3;
const MAX_BYTES_UNADMITTED = 4096;
/** Of a detail: what is wrong may be a name that is as long as the message. */
const MAX_DETAIL = 300;

/** What a client of one protocol may send. */
export type Grammar<Frame extends { readonly type: string }> = {
  readonly schema: z.ZodType<Frame>;
  /** Its types in words, for whoever sent another one. */
  readonly types: string;
  /** Messages and pings a second; as many at once. */
  readonly perSecond: number;
  /** Of one message. */
  readonly mostBytes: number;
  /** Those with an `id`: one that is malformed is refused under its id, and is no strike. */
  readonly answered: ReadonlySet<string>;
};

type Deps<Frame extends { readonly type: string }> = {
  readonly clock: Clock;
  readonly outlet: Outlet;
  readonly grammar: Grammar<Frame>;
};

/** Lets a connection's well-formed messages through, and closes connections that send too many of the others. */
export const createMessageGuard = <Frame extends { readonly type: string }>(deps: Deps<Frame>) => {
  const { clock, outlet, grammar } = deps;
  const isWithinRate = rateLimit(clock, grammar.perSecond);
  let strikes = 0;
  const refuse = (code: string, detail: string, id?: string): void =>
    outlet.send(frameOf({ type: 'error', code, detail }), id);
  const strike = (code: string, detail: string): void => {
    strikes += 1;
    refuse(code, detail);
    if (strikes >= MAX_STRIKES) outlet.close('policy');
  };
  const isTooBig = (bytes: number, isAdmitted: boolean): boolean =>
    bytes > (isAdmitted ? grammar.mostBytes : Math.min(grammar.mostBytes, MAX_BYTES_UNADMITTED));
  const parse = (value: unknown, isAdmitted: boolean, handle: (frame: Frame) => void): void => {
    const parsed = grammar.schema.safeParse(value);
    const id = isAdmitted && !parsed.success ? idOf(value, grammar.answered) : undefined;
    if (!parsed.success && id !== undefined) refuse(...flawOf(parsed.error, grammar), id);
    else if (!parsed.success) strike(...flawOf(parsed.error, grammar));
    else if (isAdmitted || parsed.data.type === 'auth') handle(parsed.data);
    else strike('unauthenticated', 'the first message must be auth');
  };
  return {
    strike,
    /** Hands a message on to `handle`, unless it breaks a rule. */
    check: (message: Received, isAdmitted: boolean, handle: (frame: Frame) => void): void => {
      if (!isWithinRate()) outlet.close('flood');
      else if (isTooBig(message.bytes, isAdmitted)) outlet.close('too_big');
      else if (message.kind === 'malformed') strike('malformed_json', message.detail);
      else if (message.kind === 'json') parse(message.value, isAdmitted, handle);
    },
  };
};

const idOf = (value: unknown, answered: ReadonlySet<string>): string | undefined => {
  if (typeof value !== 'object' || value === null || !('id' in value) || !('type' in value)) return undefined;
  if (typeof value.type !== 'string' || !answered.has(value.type)) return undefined;
  return frameId.safeParse(value.id).data;
};

const flawOf = (
  { issues: [issue] }: z.ZodError,
  { types }: { readonly types: string },
): [code: string, detail: string] => {
  if (issue?.code === 'invalid_union' && issue.path[0] === 'type') {
    return ['unknown_message', `type must be ${types}`];
  }
  const place = issue === undefined || issue.path.length === 0 ? '' : `${issue.path.join('/')}: `;
  return [
    'invalid_input',
    `${place}${issue?.message ?? 'not a message'}`.slice(0, MAX_DETAIL).toWellFormed(),
  ];
};

/** As many messages as a second allows at once, then as they are earned again. */
const rateLimit = (clock: Clock, perSecond: number): (() => boolean) => {
  let left = perSecond;
  let seenAt = clock.now();
  return () => {
    const now = clock.now();
    left = Math.min(perSecond, left + ((now - seenAt) * perSecond) / 1000);
    seenAt = now;
    if (left < 1) return false;
    left -= 1;
    return true;
  };
};
