// The context is bound to the ciphertext: changing one of these makes everything sealed before unreadable.

const of = (instanceId: string, field: string): string => `instance/${instanceId}/${field}`;

export const valueContext = (instanceId: string): string => of(instanceId, 'value');

/** The headers it came with. */
export const headersContext = (instanceId: string): string => of(instanceId, 'headers');

/** The headers of the retry under this correlation id. */
export const retryHeadersContext = (instanceId: string, correlationId: string): string =>
  of(instanceId, `retry/${correlationId}/headers`);

/** The headers it was passed on with: of the dispatch, and of the deletion that follows from it. */
export const dispatchHeadersContext = (instanceId: string): string => of(instanceId, 'dispatch/headers');

/** What went wrong with it, whatever it was. */
export const errorsContext = (instanceId: string): string => of(instanceId, 'errors');

export const archiveInstanceIdContext = (instanceId: string): string => of(instanceId, 'archiveInstanceId');
