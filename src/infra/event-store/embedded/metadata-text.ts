import type { AppendMetadata } from '../../../domain/event.ts';
import { quoted } from './common.ts';
import { perLastActor } from './last-actor.ts';

/**
 * Canonical JSON of the whole stored metadata of events of an append, its texts well-formed. Those of one version have
 * the same.
 */
export const metadataTexts = (): ((
  metadata: AppendMetadata,
  recordedAt: string,
) => (schemaVersion: string) => string) => {
  const actorText = perLastActor(
    ({ id, kind, source }) => `{"actor":{"id":${quoted(id)},"kind":"${kind}","source":${quoted(source)}}`,
  );
  return (metadata, recordedAt) => {
    const { actor, bodyHash, causationId, commandId, correlationId, owner } = metadata;
    const common =
      actorText(actor) +
      (bodyHash === undefined ? '' : `,"bodyHash":${quoted(bodyHash)}`) +
      `,"causationId":${quoted(causationId)},"commandId":${quoted(commandId)}` +
      `,"correlationId":${quoted(correlationId)}` +
      (owner === undefined ? '' : `,"owner":${quoted(owner)}`) +
      `,"recordedAt":"${recordedAt}","schemaVersion":`;
    let last = { schemaVersion: '', text: '' };
    return (schemaVersion) => {
      if (last.schemaVersion !== schemaVersion)
        last = { schemaVersion, text: `${common}${quoted(schemaVersion)}}` };
      return last.text;
    };
  };
};
