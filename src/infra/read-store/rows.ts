import { canonical, NotEncodable } from '../../domain/canonical.ts';
import type { Row } from './operations.ts';
import { DocumentRefused } from './port.ts';
import type { Blocked, Body, StoredDocument } from './port.ts';

const POSITION = /^\d{40}$/;

/** @throws DocumentRefused for what has no canonical form. */
export const rowOf = ({ id, position, body, blocked }: StoredDocument): Row => {
  if (!id.isWellFormed()) throw new DocumentRefused(id, 'the id holds a lone surrogate');
  if (!POSITION.test(position)) throw new DocumentRefused(id, `not a position: ${position}`);
  try {
    return {
      id,
      position,
      body: body === null ? null : canonical(body),
      blocked: blocked === null ? null : canonical(blocked),
      value: body ?? undefined,
    };
  } catch (cause) {
    if (!(cause instanceof NotEncodable)) throw cause;
    throw new DocumentRefused(id, cause.message, { cause });
  }
};

// Only `rowOf` makes these texts, from a Body and a Blocked.
export const documentOf = ({ id, position, body, blocked }: Row): StoredDocument => ({
  id,
  position,
  body: body === null ? null : (JSON.parse(body) as Body),
  blocked: blocked === null ? null : (JSON.parse(blocked) as Blocked),
});
