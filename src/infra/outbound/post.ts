import { request as requestPlain } from 'node:http';
import type { Agent, ClientRequest, IncomingMessage } from 'node:http';
import { request as requestSecure } from 'node:https';
import type { LookupFunction } from 'node:net';

export type Post = {
  readonly url: URL;
  readonly body: string;
  readonly headers?: Readonly<Record<string, string>>;
  /** For everything together: name, connection, request, answer. */
  readonly timeoutMs: number;
  readonly signal?: AbortSignal;
  readonly agent?: Agent;
  /** Where names lead; the system's own way unless given. */
  readonly lookup?: LookupFunction;
};

/** What came of it. `why` never holds the address, which may be a secret. */
export type Posted =
  | {
      readonly kind: 'answered';
      readonly status: number;
      /** When it wants to be asked again, as it said it. */
      readonly retryAfter?: string | undefined;
      /** Empty where it was more than is read. */
      readonly text: string;
    }
  | { readonly kind: 'unanswered'; readonly why: string };

const MOST_ANSWER_LENGTH = 64 * 1024;

/** Sends JSON to one address and says how it was answered. Follows no redirect, reads no more than it must. */
export const post = async (given: Post): Promise<Posted> => {
  const deadline = AbortSignal.timeout(given.timeoutMs);
  const signal = given.signal === undefined ? deadline : AbortSignal.any([deadline, given.signal]);
  try {
    return { kind: 'answered', ...(await answerTo(given, signal)) };
  } catch (error) {
    return { kind: 'unanswered', why: deadline.aborted ? 'no answer in time' : codeOf(error) };
  }
};

/** How long an answer asks to be left alone, in milliseconds: it says seconds or a date. 0 where it asks for nothing. */
export const askedMs = (posted: Posted, now: number): number => {
  const asked = (posted.kind === 'answered' && posted.retryAfter) || '0';
  const ms = /^\d+$/.test(asked) ? Number(asked) * 1000 : Date.parse(asked) - now;
  return Number.isNaN(ms) ? 0 : Math.max(0, ms);
};

type Answer = Omit<Extract<Posted, { kind: 'answered' }>, 'kind'>;

const answerTo = (given: Post, signal: AbortSignal): Promise<Answer> =>
  new Promise((resolve, reject) => {
    const request = open(given, signal);
    request.on('error', reject);
    request.on('response', (response) => {
      textOf(response).then((text) => {
        resolve({ status: response.statusCode ?? 0, retryAfter: response.headers['retry-after'], text });
      }, reject);
    });
    request.end(given.body);
  });

const open = ({ url, body, headers, agent, lookup }: Post, signal: AbortSignal): ClientRequest => {
  const request = url.protocol === 'https:' ? requestSecure : requestPlain;
  return request(url, {
    method: 'POST',
    headers: {
      'content-type': 'application/json',
      'content-length': Buffer.byteLength(body),
      ...headers,
    },
    signal,
    ...(agent === undefined ? {} : { agent }),
    ...(lookup === undefined ? {} : { lookup }),
  });
};

/** To its end, so that the connection can be used again; one that goes on for too long is cut. */
const textOf = async (response: IncomingMessage): Promise<string> => {
  let text = '';
  for await (const chunk of response.setEncoding('utf8')) {
    text += String(chunk);
    if (text.length > MOST_ANSWER_LENGTH) return '';
  }
  return text;
};

const codeOf = (error: unknown): string => {
  if (!(error instanceof Error)) return 'it could not be sent';
  return 'code' in error ? String(error.code) : error.name;
};
