import type { FastifyInstance, FastifyReply } from 'fastify';
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

/** A 304 has no length: a cache would take it for that of what it has. Fastify gives one to whatever answers a HEAD. */
export const leaveOutLength = (app: FastifyInstance): void => {
  app.addHook('onRoute', (route) => {
    if (route.method !== 'HEAD') return;
    route.onSend = [
      ...[route.onSend ?? []].flat(),
      (_request, reply, payload, done) => {
        if (reply.statusCode === 304) reply.removeHeader('content-length');
        done(null, payload);
      },
    ];
  });
};

const UNCHANGED = z.undefined().meta({ description: 'The caller has it: If-None-Match names its ETag.' });

/** The description of a route that answers so. */
export const orUnchanged = <Described extends { readonly response: object }>(described: Described) => ({
  ...described,
  response: { ...described.response, 304: UNCHANGED },
});
