import type { z } from 'zod';
import { flawsOf } from '../session/input-flaws.ts';
import { problem } from './problem-details.ts';
import type { InputFlaw, Problem } from './problem-details.ts';

const PART_OF: Readonly<Record<string, InputFlaw['in']>> = {
  body: 'body',
  querystring: 'query',
  params: 'path',
  headers: 'header',
};

/** What a schema found wrong, each finding with the place it is about. `part` is Fastify's name for it. */
export const problemOfIssues = (issues: readonly z.core.$ZodIssue[], part: string): Problem => {
  const where = PART_OF[part] ?? 'body';
  const errors = issues.flatMap((issue) => flawsOf(issue)).map((flaw) => ({ in: where, ...flaw }));
  const [first] = errors;
  const detail = first === undefined ? 'the input is not valid' : `${where}${first.pointer}: ${first.detail}`;
  const isOnlyCustom = errors.length === 1 && issues[0]?.code === 'custom';
  return problem('invalid_input', isOnlyCustom && first !== undefined ? first.detail : detail, { errors });
};
