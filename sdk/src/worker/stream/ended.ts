import { SkaldProblem, SkaldUnreachable } from '../../http/problem.ts';
import { parsed, retryAfterMs } from '../../http/send.ts';
import { later } from '../../system.ts';

/** How a connection ended, or why there was none. */
export type Ended =
  | { readonly kind: 'closed'; readonly code: number; readonly reason: string }
  | { readonly kind: 'refused'; readonly error: SkaldProblem }
  | { readonly kind: 'unreachable'; readonly error: SkaldUnreachable };

/** Of Node's, what is used here. */
type Request = { readonly destroy: () => unknown };
type Response = {
  readonly statusCode?: number | undefined;
  readonly headers: { readonly 'retry-after'?: string | undefined };
  readonly on: (event: 'data' | 'end' | 'close', listener: (piece: Buffer) => void) => unknown;
};

/** Of the reason; what is behind it is not waited for. */
const MOST_BYTES = 64 * 1024;

/** What a handshake was answered with that did not open a connection: a refusal, or no word of Skald's at all. */
export const refusalOf = (request: Request, response: Response, mostMs: number): Promise<Ended> =>
  new Promise((resolve) => {
    const { statusCode: status = 0, headers } = response;
    const body: Buffer[] = [];
    let bytes = 0;
    const end = (): void => void request.destroy();
    const stop = later(mostMs, end);
    response.on('data', (piece) => {
      body.push(piece);
      bytes += piece.length;
      if (bytes > MOST_BYTES) end();
    });
    response.on('end', end);
    // Whether it ended, was cut, or was too much.
    response.on('close', () => {
      stop();
      resolve(endedBy(status, Buffer.concat(body).toString(), retryAfterMs(headers['retry-after'])));
    });
  });

const endedBy = (status: number, text: string, askedMs: number | undefined): Ended =>
  status < 400
    ? { kind: 'unreachable', error: new SkaldUnreachable(`the handshake was answered with ${status}`) }
    : { kind: 'refused', error: new SkaldProblem(status, parsed(text), askedMs) };
