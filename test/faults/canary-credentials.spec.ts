// What callers prove themselves with, and what Skald does, is in no file, no line of the log and no answer.
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it, vi } from 'vitest';
import { systemClock } from '../../src/infra/clock/system.ts';
import type { Role } from '../../src/infra/identity/port.ts';
import { openRaw } from '../http/raw-client.ts';
import { filesUnder, findings } from '../support/canary-search.ts';
import { socketClient, streamClient } from '../support/feed-clients.ts';
import { freshDirectory } from '../support/fresh-directory.ts';
import { call, post } from '../support/http-calls.ts';
import { startSkald } from '../support/skald-server.ts';
import { AUDIENCE, claimsFor, signer } from '../support/tokens.ts';

vi.setConfig({ testTimeout: 60_000 });

const MASTER_KEY = 'c0ffee11'.repeat(8);
const KAFKA_PASSWORD = 'canary-of-the-broker-3Hn8';
const SLACK = 'canary-of-the-webhook-5Wq1';
const COLLECTOR = 'canary-of-the-collector-7Kd2';
const SUBJECT = 'plain-name-of-the-caller';

const server = async () => {
  const directory = freshDirectory();
  const key = signer();
  const publicKey = join(directory, 'key.pub.pem');
  const data = join(directory, 'data');
  writeFileSync(publicKey, key.pem);
  mkdirSync(data);
  const started = await startSkald(data, {
    ...{
      AUTH: 'jwt',
      JWT_AUDIENCE: AUDIENCE,
      JWT_PUBLIC_KEY_FILE: publicKey,
      LOG_LEVEL: 'trace',
      MASTER_KEY,
    },
    // Nobody is there: what cannot be reached is complained of.
    ...{ BUS: 'kafka', BRIDGE_FROM: 'start', KAFKA_BROKERS: '127.0.0.1:1' },
    ...{ KAFKA_USERNAME: 'skald', KAFKA_PASSWORD, SLACK_WEBHOOK_URL: `https://127.0.0.1:1/${SLACK}` },
    ...{ OTEL_EXPORTER_OTLP_ENDPOINT: `http://127.0.0.1:1/${COLLECTOR}` },
    OTEL_EXPORTER_OTLP_HEADERS: `authorization=Bearer%20${COLLECTOR}`,
  });
  const tokens: string[] = [];
  const token = async (roles: readonly Role[], claims: object = {}) => {
    const made = await key.sign(claimsFor(SUBJECT, roles, { nowMs: systemClock().now(), ...claims }));
    tokens.push(made);
    return made;
  };
  return { ...started, data, token, tokens, port: Number(new URL(started.address).port) };
};

type Server = Awaited<ReturnType<typeof server>>;

/** Tokens that are accepted and that are not, wherever somebody might put one; what was answered. */
const useTokens = async ({ address, port, token }: Server): Promise<readonly string[]> => {
  const [good, weak, old] = [await token(['admin']), await token([]), await token(['admin'], { exp: 1 })];
  const list = `${address}/api/v1/sagas`;
  const of = (given: string) => ({ authorization: `Bearer ${given}` });
  const answers = [
    ...(await Promise.all([good, weak, old, `${good}x`].map((one) => call(list, { headers: of(one) })))),
    await call(`${list}?access_token=${good}`),
    await call(`${list}?access_token=${good}`, { headers: of(good) }),
    await call(`${address}/api/v1/sagas/${good}`, { headers: of(good) }),
    await call(list, { headers: { cookie: `token=${good}`, 'x-correlation-id': good } }),
    await post(`${address}/api/orchestration/register`, { orchName: good, as: 'worker' }, of(good)),
    await post(`${address}/api/v1/tasks/poll`, { service: SUBJECT, token: good }, of(good)),
    await call(`${address}/metrics`, { headers: of(good) }),
  ].map(({ text }) => text);
  const origin = { origin: address };
  for (const given of [good, old]) {
    const client = await socketClient(port, { headers: origin });
    client.send({ type: 'auth', token: given });
    client.send({ type: 'auth', token: given, more: given });
    await (given === good ? client.next('error') : client.closed);
    answers.push(JSON.stringify(client.frames));
  }
  await (await streamClient(port, '?from=now', of(good))).next('caughtUp');
  const broken = openRaw(
    port,
    `GET /livez HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer ${good}\0\r\n\r\n`,
  );
  return [...answers, await broken.all];
};

it('credentials are kept by nobody', async () => {
  const started = await server();
  const answers = await useTokens(started);
  const { address, data, tokens, output, token, stop } = started;
  // What a payload may say is the caller's business; who called is recorded.
  const headers = { authorization: `Bearer ${await token(['admin'])}` };
  const steps = [{ name: 'one', seq: 1, objectType: 'thing' }];
  await post(`${address}/api/orchestration/register`, { orchName: 'trip', as: 'initiator', steps }, headers);
  await post(`${address}/api/orchestration/execute/trip`, {}, headers);
  await vi.waitFor(() => expect(output()).toContain('kafkajs'), { timeout: 20_000, interval: 50 });
  const running = filesUnder(data);
  await stop();
  const parts = tokens.flatMap((one) => one.split('.').slice(1));
  const secrets = [...parts, MASTER_KEY, KAFKA_PASSWORD, SLACK, COLLECTOR];
  for (const files of [running, filesUnder(data)]) {
    expect(findings(files, [SUBJECT]).length).toBeGreaterThan(0);
    expect(findings(files, secrets)).toEqual([]);
    expect([...files].filter(([, bytes]) => bytes.includes(Buffer.from(MASTER_KEY, 'hex')))).toEqual([]);
  }
  const said = [output(), ...answers].map((text, index) => [`text ${index}`, Buffer.from(text)] as const);
  expect(findings(new Map(said), secrets)).toEqual([]);
});
