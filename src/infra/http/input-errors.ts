import type { z } from 'zod';
import { pointerOf } from '../strict-input/json-pointer.ts';
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
  const errors = issues.flatMap((issue) => flawsOf(issue, where, []));
  const [first] = errors;
  const detail = first === undefined ? 'the input is not valid' : `${where}${first.pointer}: ${first.detail}`;
  const isOnlyCustom = errors.length === 1 && issues[0]?.code === 'custom';
  return problem('invalid_input', isOnlyCustom && first !== undefined ? first.detail : detail, { errors });
};

type Path = readonly PropertyKey[];

const flawsOf = (issue: z.core.$ZodIssue, where: InputFlaw['in'], base: Path): InputFlaw[] => {
  const path = [...base, ...issue.path];
  if (issue.code === 'invalid_union' && issue.errors.length > 0) {
    return closestBranch(issue.errors).flatMap((inner) => flawsOf(inner, where, path));
  }
  if (issue.code === 'unrecognized_keys') {
    return issue.keys.map((key) => ({
      in: where,
      pointer: pointerOf([...path, key]),
      code: issue.code,
      detail: 'unknown field',
    }));
  }
  return [{ in: where, pointer: pointerOf(path), code: codeOf(issue), detail: issue.message }];
};

/** The branch of a union that the caller meant: the first one whose own type fits. */
const closestBranch = (branches: readonly (readonly z.core.$ZodIssue[])[]): readonly z.core.$ZodIssue[] =>
  branches.find((issues) => !issues.some(({ code, path }) => code === 'invalid_type' && path.length === 0)) ??
  branches[0] ??
  [];

const codeOf = (issue: z.core.$ZodIssue): string => {
  const own: unknown = issue.code === 'custom' ? issue.params?.['code'] : undefined;
  return typeof own === 'string' ? own : issue.code;
};
