import type { FastifyReply } from 'fastify';
import { z } from 'zod';
import { headerOf } from './call-context.ts';

/** Answers with a resource and its revision as ETag, or 304 where the caller has that one. */
export const answerTagged = <View extends { readonly revision: number }>(reply: FastifyReply, view: View) => {
  const tag = `"${view.revision}"`;
  reply.header('etag', tag);
  const known = (headerOf(reply.request, 'if-none-match') ?? '')
    .split(',')
    .map((each) => each.trim().replace(/^W\//, ''));
  return known.includes(tag) || known.includes('*') ? reply.code(304).send() : view;
};

const UNCHANGED = z.undefined().meta({ description: 'The caller has it: If-None-Match names its ETag.' });

/** The description of a route that answers so. */
export const orUnchanged = <Described extends { readonly response: object }>(described: Described) => ({
  ...described,
  response: { ...described.response, 304: UNCHANGED },
});
