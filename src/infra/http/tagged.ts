import type { FastifyReply } from 'fastify';
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
