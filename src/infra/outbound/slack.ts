import { post } from './post.ts';

export type SlackOptions = {
  readonly url: string;
  /** Before every text, so that a channel of many tells them apart. */
  readonly orgId: string;
  readonly applicationId: string;
  /** A text did not arrive; it is not sent again. Never holds the address, which is a secret. */
  readonly onTrouble: (error: unknown) => void;
  /** Default 5,000 milliseconds. */
  readonly timeoutMs?: number;
};

const TIMEOUT_MS = 5000;

/** It was not taken: its status, or why it could not be sent. */
export class TextNotSent extends Error {
  override readonly name = 'TextNotSent';
}

/** Sends `<orgId>-<applicationId>-<message>` to a webhook. Resolves whatever becomes of it; follows no redirect. */
export const slackTexts = (options: SlackOptions): ((message: string) => Promise<void>) => {
  const { url, orgId, applicationId, onTrouble, timeoutMs = TIMEOUT_MS } = options;
  return async (message) => {
    const text = `${orgId}-${applicationId}-${message}`;
    const target = URL.parse(url);
    const posted =
      target === null ? undefined : await post({ url: target, body: JSON.stringify({ text }), timeoutMs });
    if (posted?.kind !== 'answered')
      onTrouble(new TextNotSent(`it could not be sent: ${posted?.why ?? 'no address'}`));
    else if (posted.status < 200 || posted.status > 299)
      onTrouble(new TextNotSent(`the webhook answered ${String(posted.status)}`));
  };
};
