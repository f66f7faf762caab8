import { describe, expect, it } from 'vitest';
import { edge } from './edge.ts';
import { listen, openRaw } from './raw-client.ts';

const FILES = '/swagger-ui.html/static/';

describe('the page that shows the description', () => {
  it.each(['../../package.json', '..', '%2e%2e/x', '%00', '/etc/passwd', String.raw`..%5c..%5cx`])(
    'has nothing outside of its own files: %s',
    async (path) => {
      const request = `GET ${FILES}${path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n`;
      const answer = await openRaw(await listen(await edge()), request).all;
      expect(answer).toMatch(/^HTTP\/1\.1 404 [^]*"code":"not_found"/);
    },
  );
});
