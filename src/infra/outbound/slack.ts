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
    try {
      const response = await fetch(url, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ text: `${orgId}-${applicationId}-${message}` }),
        redirect: 'manual',
        signal: AbortSignal.timeout(timeoutMs),
      });
      await response.body?.cancel();
      if (!response.ok) onTrouble(new TextNotSent(`the webhook answered ${String(response.status)}`));
    } catch (error) {
      onTrouble(new TextNotSent(reasonOf(error)));
    }
  };
};

// What `fetch` throws may name the address: its code says enough.
const reasonOf = (error: unknown): string => {
  if (!(error instanceof Error)) return 'it could not be sent';
  const { cause } = error;
  const code = cause instanceof Error && 'code' in cause ? String(cause.code) : error.name;
  return `it could not be sent: ${code}`;
};
