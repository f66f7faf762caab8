import type { z } from 'zod';
import { pointerOf } from '../../domain/json-pointer.ts';

/** One thing that is wrong with an input: where (JSON Pointer), and why. */
export type FlawAt = { readonly pointer: string; readonly code: string; readonly detail: string };

type Path = readonly PropertyKey[];

/** What a schema found wrong, each finding with the place it is about. */
export const flawsOf = (issue: z.core.$ZodIssue, base: Path = []): readonly FlawAt[] => {
  const path = [...base, ...issue.path];
  if (issue.code === 'invalid_union' && issue.errors.length > 0)
    return closestBranch(issue.errors).flatMap((inner) => flawsOf(inner, path));
  if (issue.code === 'unrecognized_keys') {
    const { code } = issue;
    return issue.keys.map((key) => ({ pointer: pointerOf([...path, key]), code, detail: 'unknown field' }));
  }
  return [{ pointer: pointerOf(path), code: codeOf(issue), detail: detailOf(issue) }];
};

/** The branch of a union that the caller meant: the first one whose own type fits. */
const closestBranch = (branches: readonly (readonly z.core.$ZodIssue[])[]): readonly z.core.$ZodIssue[] =>
  branches.find((issues) => !issues.some(({ code, path }) => code === 'invalid_type' && path.length === 0)) ??
  branches[0] ??
  [];

/** Nothing is called undefined in JSON. */
const detailOf = ({ code, message }: z.core.$ZodIssue): string =>
  code === 'invalid_type' && message.endsWith(', received undefined') ? 'is required' : message;

const codeOf = (issue: z.core.$ZodIssue): string => {
  const own: unknown = issue.code === 'custom' ? issue.params?.['code'] : undefined;
  return typeof own === 'string' ? own : issue.code;
};
