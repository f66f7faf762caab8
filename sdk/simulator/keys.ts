import { keyId as keyIdText, sealed as sealedText } from '../../src/domain/sealed.ts';
import type { Keys } from '../../src/infra/keys/port.ts';
import type { Call } from './unreliable.ts';

/** Keys that survive every world and give the same text for the same plaintext: nothing here is secret. */
export const simulatedKeys = () => {
  let count = 0;
  const nextKey = () => {
    count += 1;
    return keyIdText.parse(`key-${count}`);
  };
  return {
    /** The port as one world sees it. */
    through: (call: Call): Keys => ({
      reserve: () => call('keys.reserve', nextKey),
      seal: (keyId, context, plaintext) =>
        call('keys.seal', () => {
          const body = Buffer.from(`${context}\n${Buffer.from(plaintext).toString('base64')}`);
          return sealedText.parse(`1.${keyId}.${body.toString('base64url')}`);
        }),
      open: (sealed, context) =>
        call('keys.open', () => {
          const [, , body = ''] = sealed.split('.');
          const [found, plain = ''] = Buffer.from(body, 'base64url').toString().split('\n');
          if (found !== context) throw new Error(`sealed for ${String(found)}, opened for ${context}`);
          return Buffer.from(plain, 'base64');
        }),
      fingerprint: (keyId, bytes) =>
        call('keys.fingerprint', () => `${keyId}:${Buffer.from(bytes).toString('hex')}`),
      secret: (name) => call('keys.secret', () => Buffer.alloc(32, name)),
      destroy: () => call('keys.destroy', () => undefined),
      close: () => call('keys.close', () => undefined),
    }),
  };
};
