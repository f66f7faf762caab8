import { z } from 'zod';
import type { Principal } from './port.ts';

/** The list of refused tokens cannot be used. The message names the setting to correct. */
export class RefusedListInvalid extends Error {
  override readonly name = 'RefusedListInvalid';
  constructor(detail: string) {
    super(`JWT_REFUSED_FILE ${detail}`);
  }
}

/** Whether a token that would be accepted otherwise is refused. */
export type Refusals = (principal: Principal) => boolean;

const MOST_TOKENS = 10_000;
const MOST_SUBJECTS = 4000;

const subject = z.strictObject({
  sub: z.string().min(1).max(200),
  /** Without it all tokens of the subject are refused. */
  issuedBefore: z.iso.datetime({ offset: true }).optional(),
});
const refusedList = z.strictObject({
  /** Each the `jti` of a token. */
  tokens: z.array(z.string().min(1).max(1000)).max(MOST_TOKENS).default([]),
  subjects: z.array(subject).max(MOST_SUBJECTS).default([]),
});

/** What a list says. @throws RefusedListInvalid */
export const refusalsIn = (value: unknown): Refusals => {
  const { data, error } = refusedList.safeParse(value);
  if (data === undefined) throw new RefusedListInvalid(said(error.issues[0]));
  const ids = new Set(data.tokens);
  const ends = endsOf(data.subjects);
  return ({ subject: sub, tokenId, issuedAt }) => {
    if (tokenId !== undefined && ids.has(tokenId)) return true;
    const end = ends.get(sub);
    // A token that does not say when it was issued may be as old as any.
    return end !== undefined && (issuedAt ?? Number.NEGATIVE_INFINITY) < end;
  };
};

const said = (issue: z.core.$ZodIssue | undefined): string =>
  `is no list of refused tokens: ${issue?.path.join('.') ?? ''} ${issue?.message ?? ''}`;

/** Before when tokens of each subject are refused, in milliseconds. Of several moments the last counts. */
const endsOf = (subjects: readonly z.output<typeof subject>[]): ReadonlyMap<string, number> => {
  const ends = new Map<string, number>();
  for (const { sub, issuedBefore } of subjects) {
    const end = issuedBefore === undefined ? Number.POSITIVE_INFINITY : Date.parse(issuedBefore);
    ends.set(sub, Math.max(end, ends.get(sub) ?? end));
  }
  return ends;
};
