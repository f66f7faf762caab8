import type { RequestListener } from 'node:http';
import { describe, expect, it } from 'vitest';
import { slackTexts, TextNotSent } from '../../src/infra/outbound/slack.ts';
import { bodyOf, loopbackServer } from '../support/loopback-server.ts';

const serverWith = async (listener: RequestListener): Promise<string> =>
  `${await loopbackServer(listener)}/services/secret-part`;

const textsTo = (url: string, timeoutMs = 5000) => {
  const troubles: unknown[] = [];
  const onTrouble = (error: unknown) => void troubles.push(error);
  return { send: slackTexts({ url, orgId: 'afk.no', applicationId: 'app', onTrouble, timeoutMs }), troubles };
};

describe('a text to Slack', () => {
  it('says who it is from', async () => {
    const got: unknown[] = [];
    const url = await serverWith((request, response) => {
      void bodyOf(request).then((body) => {
        got.push([request.method, request.headers['content-type'], body]);
        response.end('ok');
      });
    });
    const { send, troubles } = textsTo(url);
    await send("Failed to delete instance with id='7'");
    expect(got).toEqual([
      ['POST', 'application/json', { text: "afk.no-app-Failed to delete instance with id='7'" }],
    ]);
    expect(troubles).toEqual([]);
  });

  it.each([302, 404, 500])('is not sent again, nor elsewhere, where the answer is %i', async (status) => {
    let calls = 0;
    const url = await serverWith((_request, response) => {
      calls += 1;
      response.writeHead(status, { location: '/elsewhere' }).end();
    });
    const { send, troubles } = textsTo(url);
    await send('x');
    expect(calls).toBe(1);
    expect(troubles).toEqual([expect.any(TextNotSent)]);
  });

  it('is given up where nobody answers in time, and where nobody is there', async () => {
    const silent = textsTo(await serverWith(() => undefined), 50);
    await silent.send('x');
    const nobody = textsTo('http://127.0.0.1:1/services/secret-part');
    await nobody.send('x');
    for (const { troubles } of [silent, nobody]) {
      expect(troubles).toEqual([expect.any(TextNotSent)]);
      expect(String(troubles[0])).not.toContain('secret-part');
    }
  });
});
