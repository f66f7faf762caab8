import { z } from 'zod';
import { keyId } from './sealed.ts';

/** What an erasure leaves behind: part of the storage format of every event that ends one. */
export const erasureReceipt = {
  keyIds: z.array(keyId).min(1).max(1000).readonly(),
  streams: z.array(z.string()).max(1000).readonly(),
  /** Sealed values that cannot be opened any more. */
  sealedValues: z.int().nonnegative(),
  /** Dead letters whose content went with it. */
  letters: z.int().nonnegative(),
  /** Until when the documented topics, which carry plain text by contract, may still hold it. */
  plaintextUntil: z.iso.datetime({ precision: 3 }),
} as const;
