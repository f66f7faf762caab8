import { z } from 'zod';

/** A record's headers as JSON, before they are sealed: name and value in base64 each, in their order. */
export const storedHeaders = z.array(z.tuple([z.string(), z.string()]));
export type StoredHeaders = z.infer<typeof storedHeaders>;
