import type { AppendMetadata } from '../../../domain/event.ts';

/** Exactly the fields the log keeps, in canonical order: whatever else a caller's object carries is not metadata. */
export const commonOf = (from: AppendMetadata): AppendMetadata => {
  const { bodyHash, causationId, commandId, correlationId, owner } = from;
  const actor = { id: from.actor.id, kind: from.actor.kind, source: from.actor.source };
  // Most have neither; to spread what is not there costs as much as the rest.
  if (bodyHash === undefined && owner === undefined) return { actor, causationId, commandId, correlationId };
  return {
    actor,
    ...(bodyHash === undefined ? {} : { bodyHash }),
    ...{ causationId, commandId, correlationId },
    ...(owner === undefined ? {} : { owner }),
  };
};

export const timeText = (ms: number): string => new Date(ms).toISOString();

/** `timeText` for times that are the last one again, as those of one commit: writing one down is dear. */
export const timeTexts = (): ((ms: number) => string) => {
  let last = { ms: -1, text: '' };
  return (ms) => {
    if (last.ms !== ms) last = { ms, text: timeText(ms) };
    return last.text;
  };
};

// Most texts are plain: to find that out is several times cheaper than what JSON does.
const SPECIAL = /[\u0000-\u001f"\\\ud800-\udfff]/;

/** A well-formed text as JSON. */
export const quoted = (text: string): string => (SPECIAL.test(text) ? JSON.stringify(text) : `"${text}"`);
