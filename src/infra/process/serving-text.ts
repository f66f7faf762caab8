const EVERY = new Set(['0.0.0.0', '::']);

/** Where a server is reached. Of one that listens on every address that is only one of them. */
export const servingText = (address: string, host: string): string =>
  `Skald is serving on ${address}${EVERY.has(host) ? ` and every other address of this machine (HOST ${host})` : ''}`;
