const OFFSET = 0x811c9dc5;
const PRIME = 0x01000193;

/** Takes down what happens, as a hash (FNV-1a) always and as lines where somebody wants to read them. */
export const createTrace = (keepsLines: boolean) => {
  const lines: string[] = [];
  let hash = OFFSET;
  let count = 0;
  return {
    note: (line: string): void => {
      count += 1;
      for (let at = 0; at < line.length; at += 1) hash = Math.imul(hash ^ line.charCodeAt(at), PRIME);
      if (keepsLines) lines.push(line);
    },
    result: () => ({ hash: `${(hash >>> 0).toString(16)}-${count}`, lines }),
  };
};
