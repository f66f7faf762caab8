import type { SignedCheckpoint } from '../../src/domain/checkpoint.ts';

const position = (at: number): string => String(at).padStart(20, '0').padEnd(40, '0');

/** The n-th checkpoint, of ten events; its signature is none. */
export const checkpointData = (number: number): SignedCheckpoint => ({
  ...{ format: 1, logId: '0191e1f0-0000-7000-b000-00000000000a', number },
  signedAt: '2026-01-01T00:00:00.000Z',
  ...{ from: position(10 * (number - 1)), upTo: position(10 * number), events: 10, streams: 1 },
  ...{
    root: 'b'.repeat(64),
    order: 'c'.repeat(64),
    previous: '0'.repeat(64),
    keyFingerprint: 'd'.repeat(64),
  },
  heads: `0191e1f0-0000-7000-b000-${String(number).padStart(12, '0')}`,
  ...{ publicKey: 'AAAA', signature: Buffer.from(`signature ${number}`).toString('base64') },
});
