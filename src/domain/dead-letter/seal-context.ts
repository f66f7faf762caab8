// The context is bound to the ciphertext: changing one of these makes everything sealed before unreadable.

/** What the value of an edition is sealed for; edition 0 is the record as it came. */
export const valueContext = (letterId: string, edition: number): string =>
  `deadletter/${letterId}/value/${String(edition)}`;

export const keyContext = (letterId: string): string => `deadletter/${letterId}/key`;

export const headersContext = (letterId: string): string => `deadletter/${letterId}/headers`;
