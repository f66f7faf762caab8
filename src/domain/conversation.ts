/** A conversation's id, as callers may give it in a header. */
export const CORRELATION_ID = /^[A-Za-z0-9._:-]{1,128}$/;

/** The headers that may name a record's conversation, in lower case; the first that is there counts. */
export const CONVERSATIONS = ['ce_correlationid', 'correlationid', 'x-correlation-id'] as const;

/** A record's correlation id, where it has a decent one. @param get the text of a header */
export const conversationIn = (
  get: (name: (typeof CONVERSATIONS)[number]) => string | undefined,
): string | undefined => {
  const given = CONVERSATIONS.map(get).find((text) => text !== undefined);
  return given !== undefined && CORRELATION_ID.test(given) ? given : undefined;
};
