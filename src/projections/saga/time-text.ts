/** RFC 3339 in UTC with milliseconds: order of text is order of time. */
export const timeText = (ms: number): string => new Date(ms).toISOString();
