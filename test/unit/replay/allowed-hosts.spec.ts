import { describe, expect, it } from 'vitest';
import {
  AddressBlocked,
  allowedOrigins,
  allowedUrl,
  guardedLookup,
  isBlocked,
} from '../../../src/infra/outbound/allowed-hosts.ts';

const origins = allowedOrigins(['hooks.example', 'other.example:8443', 'http://127.0.0.1:9000', 'localhost']);

describe('where sessions may call', () => {
  it.each([
    'https://hooks.example/a?b=c',
    'https://HOOKS.example:443/',
    'https://other.example:8443/x',
    'http://127.0.0.1:9000/x',
    'http://2130706433:9000/x',
  ])('is %s', (url) => {
    expect(allowedUrl(url, origins)).toBeInstanceOf(URL);
  });

  it.each([
    ['another host', 'https://evil.example/'],
    ['a host that ends alike', 'https://evil-hooks.example/'],
    ['a host that begins alike', 'https://hooks.example.evil.example/'],
    ['another port', 'https://hooks.example:22/'],
    ['the same in the clear', 'http://hooks.example/'],
    ['a port of this machine that is not named', 'http://127.0.0.1:6379/'],
    ['the same address by another name', 'http://[::ffff:127.0.0.1]:9000/'],
    ['where clouds keep credentials', 'http://169.254.169.254/'],
    ['a file', 'file:///etc/passwd'],
    ['another protocol', 'gopher://hooks.example/'],
    ['data', 'data:text/plain,x'],
    ['no address', 'hooks.example'],
  ])('is not %s', (_what, url) => {
    expect(allowedUrl(url, origins)).toBeTypeOf('string');
  });

  it('is not said with credentials', () => {
    expect(allowedUrl('https://user:secret@hooks.example/', origins)).toBe(
      'it holds credentials, which would be recorded',
    );
  });

  it.each([
    ...['0.0.0.0', '127.0.0.1', '127.9.9.9', '169.254.169.254', '224.0.0.1', '255.255.255.255', '::', '::1'],
    ...[
      '::ffff:127.0.0.1',
      '::ffff:169.254.169.254',
      'fe80::1',
      'ff02::1',
      'fd00:ec2::254',
      '64:ff9b::7f00:1',
    ],
  ])('never leads to %s by a name', (address) => {
    expect(isBlocked({ address })).toBe(true);
  });

  it.each(['93.184.216.34', '10.0.0.7', '192.168.1.1', '2606:4700::1', 'fd12::1'])(
    'may lead to %s, as the settings name the host',
    (address) => {
      expect(isBlocked({ address })).toBe(false);
    },
  );

  it('looks localhost up as it is', async () => {
    const found = await new Promise((resolve) => {
      guardedLookup('localhost', { all: true }, (error, addresses) => {
        resolve(error ?? addresses);
      });
    });
    expect(found).toContainEqual({
      address: expect.stringMatching(/^(127\.0\.0\.1|::1)$/) as string,
      family: expect.any(Number) as number,
    });
  });

  it('is refused where another name leads to this machine', async () => {
    const error = await new Promise((resolve) => {
      guardedLookup('127.0.0.1', { all: false }, (found) => {
        resolve(found);
      });
    });
    expect(error).toBeInstanceOf(AddressBlocked);
  });
});
