/** What stands before the dash of `category-id`: a category holds none. Empty for a stream without one. */
export const categoryOf = (stream: string): string => stream.slice(0, Math.max(0, stream.indexOf('-')));

/** What a stream is named after: the part behind its category. */
export const idOf = (stream: string): string => stream.slice(stream.indexOf('-') + 1);
