import type { AppendMetadata } from '../../../domain/event.ts';

/** Exactly the fields the log keeps, in canonical order: whatever else a caller's object carries is not metadata. */
export const commonOf = (from: AppendMetadata): AppendMetadata => ({
  actor: { id: from.actor.id, kind: from.actor.kind, source: from.actor.source },
  ...(from.bodyHash === undefined ? {} : { bodyHash: from.bodyHash }),
  causationId: from.causationId,
  commandId: from.commandId,
  correlationId: from.correlationId,
  ...(from.owner === undefined ? {} : { owner: from.owner }),
});

export const timeText = (ms: number): string => new Date(ms).toISOString();

/** `timeText` for times that are the last one again, as those of one commit: writing one down is dear. */
export const timeTexts = (): ((ms: number) => string) => {
  let last = { ms: -1, text: '' };
  return (ms) => {
    if (last.ms !== ms) last = { ms, text: timeText(ms) };
    return last.text;
  };
};

/** Canonical JSON of what all events of one append share, its texts well-formed. */
export const commonText = (metadata: AppendMetadata): string => {
  const { actor, bodyHash, causationId, commandId, correlationId, owner } = metadata;
  return (
    `{"actor":{"id":${quoted(actor.id)},"kind":"${actor.kind}","source":${quoted(actor.source)}}` +
    (bodyHash === undefined ? '' : `,"bodyHash":${quoted(bodyHash)}`) +
    `,"causationId":${quoted(causationId)},"commandId":${quoted(commandId)}` +
    `,"correlationId":${quoted(correlationId)}` +
    (owner === undefined ? '}' : `,"owner":${quoted(owner)}}`)
  );
};

// Most texts are plain: to find that out is several times cheaper than what JSON does.
const SPECIAL = /[\u0000-\u001f"\\\ud800-\udfff]/;

const quoted = (text: string): string => (SPECIAL.test(text) ? JSON.stringify(text) : `"${text}"`);

// `recordedAt` and `schemaVersion` sort behind every field of an append, so they are joined on as text.
/** Canonical JSON of one event's whole stored metadata: what stands before and behind the text of its time. */
export const aroundTime = (common: string, schemaVersion: string): readonly [string, string] => [
  `${common.slice(0, -1)},"recordedAt":"`,
  `","schemaVersion":${quoted(schemaVersion)}}`,
];
