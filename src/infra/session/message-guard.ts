import type { z } from 'zod';
import type { Clock } from '../clock/port.ts';
import { frameOf } from './frame-of.ts';
import { frameId } from './port.ts';
import { flawsOf } from './input-flaws.ts';
import type { FlawAt } from './input-flaws.ts';
import type { frameErrors, Outlet, Received } from './port.ts';

const MAX_STRIKES = 3;
const MAX_BYTES_UNADMITTED = 4096;
/** Of a detail: what is wrong may be a name that is as long as the message. */
const MAX_DETAIL = 300;
const MAX_ERRORS = 20;

/** What a client of one protocol may send. */
export type Grammar<Frame extends { readonly type: string }> = {
  readonly schema: z.ZodType<Frame>;
  /** Its types in words, for whoever sent another one. */
  readonly types: string;
  /** Messages and pings a second; as many at once. */
  readonly perSecond: number;
  /** Of one message. */
  readonly mostBytes: number;
  /** Those with an `id`: one that is malformed is refused under its id. */
  readonly named: ReadonlySet<string>;
  /** The same that are no strike then, because whoever sent them waits for an answer. */
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
  const refuse = ({ code, detail, errors }: Refusal, id?: string): void =>
    outlet.send(frameOf({ type: 'error', code, detail, ...(errors?.length ? { errors } : {}) }), id);
  const strike = (refusal: Refusal, id?: string): void => {
    strikes += 1;
    refuse(refusal, id);
    if (strikes >= MAX_STRIKES) outlet.close('policy');
  };
  const isTooBig = (bytes: number, isAdmitted: boolean): boolean =>
    bytes > (isAdmitted ? grammar.mostBytes : Math.min(grammar.mostBytes, MAX_BYTES_UNADMITTED));
  const parse = (value: unknown, isAdmitted: boolean, handle: (frame: Frame) => void): void => {
    const parsed = grammar.schema.safeParse(value);
    if (!parsed.success) refuseValue(value, flawIn(parsed.error, grammar), isAdmitted);
    else if (isAdmitted || parsed.data.type === 'auth') handle(parsed.data);
    else strike({ code: 'unauthenticated', detail: 'the first message must be auth' });
  };
  const refuseValue = (value: unknown, refusal: Refusal, isAdmitted: boolean): void => {
    const id = isAdmitted ? idOf(value, grammar.named) : undefined;
    if (id !== undefined && idOf(value, grammar.answered) !== undefined) refuse(refusal, id);
    else strike(refusal, id);
  };
  return {
    strike,
    /** Hands a message on to `handle`, unless it breaks a rule. */
    check: (message: Received, isAdmitted: boolean, handle: (frame: Frame) => void): void => {
      if (!isWithinRate()) outlet.close('flood');
      else if (isTooBig(message.bytes, isAdmitted)) outlet.close('too_big');
      else if (message.kind === 'malformed') strike(malformed(message));
      else if (message.kind === 'json') parse(message.value, isAdmitted, handle);
    },
  };
};

type Refusal = {
  readonly code: string;
  readonly detail: string;
  readonly errors?: z.output<typeof frameErrors>;
};
export type Strike = (refusal: Refusal, id?: string) => void;

const malformed = ({ flaw }: Extract<Received, { kind: 'malformed' }>): Refusal => {
  const { code, pointer, offset } = flaw;
  const detail = `${flaw.detail} (at character ${offset})`;
  return { code: 'malformed_json', detail, errors: short([{ pointer, code, detail }]) };
};

/** Not more than fits into a few kilobytes: a name that is as long as the message is left to the detail. */
const short = (flaws: readonly FlawAt[]): NonNullable<Refusal['errors']> =>
  flaws
    .filter(({ pointer }) => pointer.length <= MAX_DETAIL)
    .slice(0, MAX_ERRORS)
    .map(({ pointer, code, detail }) => ({ in: 'body', pointer, code, detail: cut(detail) }));

const cut = (text: string): string => text.slice(0, MAX_DETAIL).toWellFormed();

const idOf = (value: unknown, types: ReadonlySet<string>): string | undefined => {
  if (typeof value !== 'object' || value === null || !('id' in value) || !('type' in value)) return undefined;
  if (typeof value.type !== 'string' || !types.has(value.type)) return undefined;
  return frameId.safeParse(value.id).data;
};

const flawIn = ({ issues }: z.ZodError, { types }: { readonly types: string }): Refusal => {
  const [issue] = issues;
  if (issue?.code === 'invalid_union' && issue.path[0] === 'type') {
    return { code: 'unknown_message', detail: `type must be ${types}` };
  }
  const place = issue === undefined || issue.path.length === 0 ? '' : `${issue.path.join('/')}: `;
  const detail = cut(`${place}${issue?.message ?? 'not a message'}`);
  return { code: 'invalid_input', detail, errors: short(issues.flatMap((one) => flawsOf(one))) };
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
