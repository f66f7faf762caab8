import { checkSize } from '../http/body.ts';
import { later } from '../system.ts';

/** One message of an event stream. */
export type Message = { readonly event: string; readonly data: string; readonly id: string | undefined };

type OnRetry = (ms: number) => void;

/**
 * Puts pieces of text together to whole messages, as the HTML standard says of `text/event-stream`; `onRetry` is told
 * after how long the server wants its clients back.
 */
export const messageParser = (onRetry: OnRetry = () => undefined) => {
  let pending: string[] = [];
  let size = 0;
  let fields: Record<string, string> = {};
  const take = (line: string): Message | undefined => {
    if (line === '') return finished();
    const { name, value } = fieldIn(line);
    if (name === 'data' && fields['data'] !== undefined) fields['data'] += `\n${value}`;
    else if (name === 'retry') tellRetry(value, onRetry);
    else if (name !== '') fields[name] = value;
    return undefined;
  };
  const finished = (): Message | undefined => {
    const { data, event = 'message', id } = fields;
    fields = {};
    size = 0;
    return data === undefined ? undefined : { event, data, id };
  };
  /**
   * The messages that end in this piece.
   * @throws SkaldUnreachable where one has no end.
   */
  return (piece: string): readonly Message[] => {
    size += piece.length;
    checkSize(size);
    pending.push(piece);
    // Put together once, not with each piece: a message may come in thousands.
    if (!piece.includes('\n')) return [];
    const lines = pending.join('').split('\n');
    pending = [lines.pop() ?? ''];
    return lines.flatMap((line) => take(line.replace(/\r$/, '')) ?? []);
  };
};

/** A line that begins with a colon is a comment: it has no name. */
const fieldIn = (line: string): { readonly name: string; readonly value: string } => {
  const [, name = '', value = ''] = /^([^:]*)(?:: ?(.*))?$/s.exec(line) ?? [];
  return { name, value };
};

const tellRetry = (value: string, onRetry: OnRetry): void => {
  if (/^\d+$/.test(value)) onRetry(Number(value));
};

/** The messages of a response, as they come, until it ends or says nothing for too long. */
export async function* messagesOf(
  body: ReadableStream<Uint8Array>,
  silenceMs: number,
  onRetry?: OnRetry,
): AsyncGenerator<Message> {
  const parse = messageParser(onRetry);
  const decoder = new TextDecoder();
  const reader = body.getReader();
  const end = (): void => void reader.cancel().catch(() => undefined);
  try {
    for (;;) {
      const stop = later(silenceMs, end);
      const piece = await reader.read().finally(stop);
      if (piece.done) return;
      yield* parse(decoder.decode(piece.value, { stream: true }));
    }
  } finally {
    end();
  }
}
