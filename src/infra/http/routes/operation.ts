import { z } from 'zod';
import type { Permission } from '../permissions.ts';
import { problemDetails } from './schemas.ts';

const problems = (description: string) => ({
  description,
  content: { 'application/problem+json': { schema: problemDetails } },
});

const failures = {
  '4xx': problems('The request was refused; `code` says why.'),
  '5xx': problems('The request could not be served now.'),
};

const nothing = z.strictObject({});

/**
 * The description of a route: validation and the API document both come from it. Query parameters that are
 * not named are refused.
 */
export const operation = <Answer extends z.ZodType>(tag: string, summary: string, answer: Answer) => ({
  tags: [tag],
  summary,
  querystring: nothing,
  response: { 200: answer.meta({ description: 'Done.' }), ...failures },
});

export const needs = (permission: Permission) => ({ config: { permission } });
