import type { FastifyRequest } from 'fastify';
import { headerOf, invalidHeader } from './call-context.ts';
import { problem } from './problem-details.ts';

export const STRONG_TAG = /^"(0|[1-9]\d{0,14})"$/;

/** The revision a caller insists on; undefined for one that takes any. @throws Problem for what is no ETag of ours. */
export const revisionInsistedOn = (request: FastifyRequest): number | undefined => {
  const given = headerOf(request, 'if-match')?.trim();
  if (given === undefined || given === '*') return undefined;
  const revision = STRONG_TAG.exec(given)?.[1];
  if (revision === undefined)
    throw invalidHeader('If-Match', 'must be one ETag as this service gave it, or *');
  return Number(revision);
};

/**
 * The revision a caller must have seen: without one, and with `*`, two clicks would be two commands.
 * @throws Problem
 */
export const requiredRevision = (request: FastifyRequest): number => {
  const revision = revisionInsistedOn(request);
  if (revision !== undefined) return revision;
  throw problem('precondition_required', 'If-Match must name the revision that the run was seen at');
};
