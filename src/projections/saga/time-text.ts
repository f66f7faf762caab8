let last = { ms: Number.NaN, text: '' };

/** RFC 3339 in UTC with milliseconds: order of text is order of time. */
export const timeText = (ms: number): string => {
  // What happens together has the same time, and writing one down is dear.
  if (last.ms !== ms) last = { ms, text: new Date(ms).toISOString() };
  return last.text;
};
