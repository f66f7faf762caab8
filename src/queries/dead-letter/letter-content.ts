import { storedHeaders } from '../../domain/dead-letter/headers.ts';
import { headersContext, keyContext, valueContext } from '../../domain/dead-letter/seal-context.ts';
import type { Sealed } from '../../domain/sealed.ts';
import type { Keys } from '../../infra/keys/port.ts';
import type { LetterContent, LetterView } from '../../projections/dead-letters/read-model.ts';

/** Opens what is sealed of one letter. */
export const letterContents = (keys: Pick<Keys, 'open'>, letterId: string) => {
  const open = async (sealed: Sealed, context: string): Promise<LetterContent> =>
    contentOf(await keys.open(sealed, context));
  return {
    value: (sealed: Sealed, edition: number) => open(sealed, valueContext(letterId, edition)),
    key: (sealed: Sealed) => open(sealed, keyContext(letterId)),
    headers: async (sealed: Sealed): Promise<LetterView['headers']> => {
      const bytes = await keys.open(sealed, headersContext(letterId));
      if (bytes === 'erased') return [];
      const headers = storedHeaders.parse(JSON.parse(Buffer.from(bytes).toString()));
      return headers.map(([name, value]) => ({ name, value: contentOf(Buffer.from(value, 'base64')) }));
    },
  };
};

/** As text where it is UTF-8, a byte order mark included. */
const contentOf = (bytes: Uint8Array | 'erased'): LetterContent => {
  if (bytes === 'erased') return { encoding: 'erased', data: '' };
  try {
    const data = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
    return { encoding: 'text', data };
  } catch {
    return { encoding: 'base64', data: Buffer.from(bytes).toString('base64') };
  }
};
