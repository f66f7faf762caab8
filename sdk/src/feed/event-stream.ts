import { later } from '../system.ts';

/** One message of an event stream. */
export type Message = { readonly event: string; readonly data: string; readonly id: string | undefined };

/** Puts pieces of text together to whole messages, as the HTML standard says of `text/event-stream`. */
export const messageParser = () => {
  let pending = '';
  let fields: Record<string, string> = {};
  const take = (line: string): Message | undefined => {
    if (line === '') return finished();
    const [, name = '', value = ''] = /^([^:]*)(?:: ?(.*))?$/s.exec(line) ?? [];
    // A line that begins with a colon is a comment.
    if (name === 'data' && fields['data'] !== undefined) fields['data'] += `\n${value}`;
    else if (name !== '') fields[name] = value;
    return undefined;
  };
  const finished = (): Message | undefined => {
    const { data, event = 'message', id } = fields;
    fields = {};
    return data === undefined ? undefined : { event, data, id };
  };
  /** The messages that end in this piece. */
  return (piece: string): readonly Message[] => {
    const lines = (pending + piece).split('\n');
    pending = lines.pop() ?? '';
    return lines.flatMap((line) => take(line.replace(/\r$/, '')) ?? []);
  };
};

/** The messages of a response, as they come, until it ends or says nothing for too long. */
export async function* messagesOf(
  body: ReadableStream<Uint8Array>,
  silenceMs: number,
): AsyncGenerator<Message> {
  const parse = messageParser();
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
