import { describe, expect, it } from 'vitest';
import { refusalOfHost } from '../../src/infra/http/host-header.ts';

const requestFor = (host: string, url = '/livez', httpVersion = '1.1') => ({
  ...{ url, httpVersion },
  rawHeaders: ['Accept', '*/*', 'host', host],
});

describe('a request', () => {
  it.each([
    ...['localhost', 'LOCALHOST:8080', 'skald.example.', 'skald_api:8080', '10.0.0.7:9090', 'localhost:'],
    ...['[::1]:8080', '[::ffff:127.0.0.1]', '[fe80::1%25eth0]:8080', '[fe80::1%eth0.1]'],
    ...['xn--strae-oqa.example', 'stra%C3%9Fe.example', ''],
  ])('is taken for the host %j', (host) => {
    expect(refusalOfHost(requestFor(host))).toBeUndefined();
  });

  it.each([
    ['http://skald/livez', 'skald:80'],
    ['http://Skald:80/livez', 'skald'],
    ['https://skald?x', 'skald:443'],
    ['*', 'skald'],
    ['/a?b=http://other', 'skald'],
  ])('is taken for the target %s at the host %s', (url, host) => {
    expect(refusalOfHost(requestFor(host, url))).toBeUndefined();
  });

  it.each([
    ...['a b', 'a/b', 'a@b', 'a?', 'a#', '::1', '[::1', '[x]', 'a:b', 'a:1:2', 'a\\b', '<a>', '"a"'],
    ...['[::1%]', '[%eth0]'],
  ])('is not taken for the host %j', (host) => {
    expect(refusalOfHost(requestFor(host))).toMatchObject({ status: 400, code: 'invalid_request' });
  });

  it.each([
    ['http://other/livez', 'skald'],
    ['http://skald:8080/livez', 'skald'],
    ['http://skald/livez', ''],
    ['http://a@skald/livez', 'skald'],
  ])('is not taken for the target %s at the host %j', (url, host) => {
    expect(refusalOfHost(requestFor(host, url))).toMatchObject({ status: 400, code: 'invalid_request' });
  });

  it('needs no Host header before HTTP/1.1 only, and never has two', () => {
    expect(refusalOfHost({ rawHeaders: [], httpVersion: '1.0', url: '/' })).toBeUndefined();
    expect(refusalOfHost({ rawHeaders: [], httpVersion: '1.1', url: '/' })).toMatchObject({ status: 400 });
    const rawHeaders = ['Host', 'a', 'HOST', 'a'];
    for (const httpVersion of ['1.0', '1.1'])
      expect(refusalOfHost({ rawHeaders, httpVersion, url: '/' })).toMatchObject({ status: 400 });
  });
});
