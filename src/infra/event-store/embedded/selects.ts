/** What the log is read by; each is told the columns that are wanted. */
export const WHOLE = (columns: string): string =>
  `SELECT ${columns} FROM events WHERE position > ? AND position <= ? ORDER BY position LIMIT ?`;

// An event whose stream is gone is damage: it passes the filter in order to be reported.
export const FILTERED = (columns: string): string => `
  SELECT ${columns} FROM events LEFT JOIN streams ON streams.id = stream_id
  WHERE position > ? AND position <= ? AND (
    name IS NULL OR substr(name, 1, instr(name, '-') - 1) IN (SELECT value FROM json_each(?))
  ) ORDER BY position LIMIT ?`;
// A filter that matches nothing must not hold up other readers: the slice then is empty, its position moves on.
export const LOOKS_AT = 32_768;

// The signs keep the engine from walking along the positions.
export const OF_STREAMS = (columns: string): string => `
  SELECT ${columns} FROM events
  WHERE stream_id IN (SELECT value FROM json_each(?)) AND +position > ? AND +position <= ?
  ORDER BY +position LIMIT ?`;

export const FORWARDS = (columns: string): string =>
  `SELECT ${columns} FROM events WHERE stream_id = ? AND revision >= ? ORDER BY revision LIMIT ?`;
export const BACKWARDS = (columns: string): string =>
  `SELECT ${columns} FROM events WHERE stream_id = ? AND revision <= ? ORDER BY revision DESC LIMIT ?`;
