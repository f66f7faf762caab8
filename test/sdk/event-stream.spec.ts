import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { messageParser, messagesOf } from '../../sdk/src/feed/event-stream.ts';

const text = [
  'retry: 1000\n\n',
  ': heartbeat\n\n',
  'id: c1\ndata: {"type":"event"}\n\n',
  'event: caughtUp\r\ndata: a\r\ndata:b: c\r\n\r\n',
  'event: nothing\n\n',
  'data: last\n\n',
  'data: cut',
].join('');
const messages = [
  { event: 'message', data: '{"type":"event"}', id: 'c1' },
  { event: 'caughtUp', data: 'a\nb: c', id: undefined },
  { event: 'message', data: 'last', id: undefined },
];

describe('the parser of event streams', () => {
  it('puts messages together wherever the text is cut', () => {
    fc.assert(
      fc.property(fc.array(fc.nat(text.length)), (cuts) => {
        const places = [0, ...cuts.toSorted((a, b) => a - b), text.length];
        const parse = messageParser();
        const found = places.flatMap((place, index) => parse(text.slice(places[index - 1] ?? 0, place)));
        expect(found).toEqual(messages);
      }),
    );
  });

  it('tells when the server wants its clients back', () => {
    const asked: number[] = [];
    const parse = messageParser((ms) => void asked.push(ms));
    for (const line of ['retry: 10', 'retry:20', 'retry: 3s', 'retry', 'retry: -1', 'retry: 1.5'])
      parse(`${line}\n`);
    expect(asked).toEqual([10, 20]);
  });

  it('keeps characters whole that are cut between two pieces', async () => {
    const bytes = new TextEncoder().encode('data: é€😀\n\n');
    const body = new ReadableStream<Uint8Array>({
      start: (controller) => {
        for (const byte of bytes) controller.enqueue(Uint8Array.of(byte));
        controller.close();
      },
    });
    const found = [];
    for await (const message of messagesOf(body, 10_000)) found.push(message.data);
    expect(found).toEqual(['é€😀']);
  });

  it('ends where nothing comes for too long, and lets go of the body', async () => {
    let isCancelled = false;
    const body = new ReadableStream<Uint8Array>({ cancel: () => void (isCancelled = true) });
    for await (const message of messagesOf(body, 20)) expect(message).toBeUndefined();
    expect(isCancelled).toBe(true);
  });
});
