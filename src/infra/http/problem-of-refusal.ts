import type { Unavailable } from '../../commands/result.ts';
import type { Rejection } from '../../domain/decider.ts';
import { Problem, statusOf } from './problem-details.ts';
import type { InputFlaw, ProblemCode } from './problem-details.ts';

/** A core refusal. A handler's type does not name its codes: one that is in no table is a conflict. */
export const problemOfRefusal = (refusal: Rejection | Unavailable): Problem => {
  const status = isProblemCode(refusal.code) ? statusOf[refusal.code] : 409;
  const pointer = refusal.kind === 'rejected' ? refusal.pointer : undefined;
  if (pointer === undefined) return new Problem(refusal.code, status, refusal.detail);
  const flaw: InputFlaw = { in: 'body', pointer, code: refusal.code, detail: refusal.detail };
  return new Problem(refusal.code, status, refusal.detail, { errors: [flaw] });
};

const isProblemCode = (code: string): code is ProblemCode => Object.hasOwn(statusOf, code);
