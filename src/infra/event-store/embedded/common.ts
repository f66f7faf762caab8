import { canonical } from '../../../domain/canonical.ts';
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

/** Canonical JSON of what all events of one append share. @throws NotEncodable */
export const commonText = (common: AppendMetadata): string => {
  // `commonOf` has its keys in order, and texts are all it holds: this is canonical, at a third of the cost, unless a
  // text is ill-formed, which `stringify` escapes and `canonical` refuses.
  const text = JSON.stringify(common);
  return ILL_FORMED.test(text) ? canonical(common) : text;
};

const ILL_FORMED = /\\ud[89a-f]/;

// `recordedAt` and `schemaVersion` sort behind every field of an append, so they are joined on as text.
/** Canonical JSON of one event's whole stored metadata: what stands before and behind the text of its time. */
export const aroundTime = (common: string, schemaVersion: string): readonly [string, string] => [
  `${common.slice(0, -1)},"recordedAt":"`,
  `","schemaVersion":${JSON.stringify(schemaVersion)}}`,
];
