import { SkaldUnreachable } from './problem.ts';

const MIB = 1024 * 1024;
/** Of one answer, or of one message of a feed: more than the results of any run have. */
export const MOST_BYTES = 128 * MIB;

/** @throws SkaldUnreachable for what would fill the memory: no Skald says so much at once. */
export const checkSize = (bytes: number): void => {
  if (bytes > MOST_BYTES) throw new SkaldUnreachable(`more than ${MOST_BYTES / MIB} MiB came at once`);
};

/**
 * The text of a response.
 * @throws SkaldUnreachable where there is too much of it.
 */
export const textOf = async (response: Response): Promise<string> => {
  const { headers } = response;
  const body: ReadableStream<Uint8Array> | null = response.body;
  const length = headers.get('content-length');
  const isSmall = length !== null && Number(length) <= MOST_BYTES && !headers.has('content-encoding');
  if (isSmall || body === null) return response.text();
  const pieces: Uint8Array[] = [];
  let bytes = 0;
  // Whoever leaves the loop early cancels the body.
  for await (const piece of body) {
    bytes += piece.length;
    checkSize(bytes);
    pieces.push(piece);
  }
  return new TextDecoder().decode(Buffer.concat(pieces));
};
