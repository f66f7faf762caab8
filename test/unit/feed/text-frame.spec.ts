import { expect, it } from 'vitest';
import { messageOf, sharedMessage, sharedMessages } from '../../../src/infra/http/socket/text-frame.ts';

it.each([
  [0, [0x81, 0]],
  [125, [0x81, 125]],
  [126, [0x81, 126, 0, 126]],
  [65_535, [0x81, 126, 0xff, 0xff]],
  [65_536, [0x81, 127, 0, 0, 0, 0, 0, 1, 0, 0]],
])('puts the head before a message of %i bytes that its length needs', (bytes, head) => {
  const message = messageOf('x'.repeat(bytes));
  expect([...message.subarray(0, head.length)]).toEqual(head);
  expect(message.toString('utf8', head.length)).toBe('x'.repeat(bytes));
});

it('counts bytes, not characters', () => {
  const message = messageOf('ä𝄞');
  expect(message[1]).toBe(6);
  expect(message.toString('utf8', 2)).toBe('ä𝄞');
});

it('makes one message for all who gave the same id, and another one for who gave another', () => {
  const frame = { type: 'event', cursor: 'c', members: '"cursor":"c"' };
  const first = sharedMessage(frame, 'a');
  expect(sharedMessage(frame, 'a')).toBe(first);
  expect(sharedMessage(frame, 'b').toString('utf8', 2)).toBe('{"type":"event","id":"b","cursor":"c"}');
  expect(sharedMessage(frame, undefined).toString('utf8', 2)).toBe('{"type":"event","cursor":"c"}');
});

it('puts a list of frames together once for all who gave the same id: their messages, one behind the other', () => {
  const frames = ['c', 'd'].map((cursor) => ({ type: 'event', cursor, members: `"cursor":"${cursor}"` }));
  const together = sharedMessages(frames, 'a');
  expect(together).toEqual(Buffer.concat(frames.map((frame) => sharedMessage(frame, 'a'))));
  expect(sharedMessages(frames, 'a')).toBe(together);
  expect(sharedMessages(frames, undefined)).toEqual(
    Buffer.concat(frames.map((frame) => sharedMessage(frame, undefined))),
  );
});
