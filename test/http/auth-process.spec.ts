// The program with AUTH=jwt, its tokens made by its own command line.
import { mkdirSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { decodeJwt } from 'jose';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { systemClock } from '../../src/infra/clock/system.ts';
import type { Role } from '../../src/infra/identity/port.ts';
import { freshDirectory } from '../support/fresh-directory.ts';
import { call, post, read } from '../support/http-calls.ts';
import { jsonOf, runCli } from '../support/skald-cli.ts';
import { refusedStart, startSkald } from '../support/skald-server.ts';
import { AUDIENCE, claimsFor, signer } from '../support/tokens.ts';

const events = z.object({ items: z.array(z.object({ type: z.string() })), position: z.string() });
const started = z.object({ flowId: z.string() });
const task = z.looseObject({
  flowId: z.string(),
  stepName: z.string(),
  action: z.string(),
  attempt: z.int(),
});
const polled = z.object({ tasks: z.array(task) });
const JWT = { AUTH: 'jwt', JWT_AUDIENCE: AUDIENCE };
const results = z.object({ results: z.array(z.looseObject({ outcome: z.string() })) });

const world = async () => {
  const directory = freshDirectory();
  const publicKey = join(directory, 'key.pub.pem');
  const key = signer();
  writeFileSync(publicKey, key.pem);
  const server = await startSkald(join(directory, 'data'), { ...JWT, JWT_PUBLIC_KEY_FILE: publicKey });
  const tokenOf = (subject: string, role: Role): Promise<string> =>
    key.sign(claimsFor(subject, [role], { nowMs: systemClock().now() }));
  const as = async (subject: string, role: Role) => {
    const headers = { authorization: `Bearer ${await tokenOf(subject, role)}` };
    return {
      get: (path: string) => call(server.address + path, { headers }),
      post: (path: string, body: object) => post(server.address + path, body, headers),
    };
  };
  return { ...server, directory, tokenOf, as };
};

describe('a server with AUTH=jwt', () => {
  it('takes no command without a token or a role for it: the log stays as it is', async () => {
    const { address, as } = await world();
    const auditor = await as('anna', 'auditor');
    const before = read(await auditor.get('/api/v1/events'), events);
    const registration = { orchName: 'trip', as: 'initiator', steps: [] };
    const REGISTER = '/api/orchestration/register';
    expect((await post(address + REGISTER, registration)).status).toBe(401);
    expect((await auditor.post(REGISTER, registration)).status).toBe(403);
    expect((await auditor.post('/api/orchestration/execute/trip', {})).status).toBe(403);
    expect(read(await auditor.get('/api/v1/events'), events)).toEqual(before);
    const service = await as('trip-service', 'service');
    expect((await service.post(REGISTER, registration)).status).toBe(400);
    const after = read(await auditor.get('/api/v1/events'), events);
    expect(after.items.length).toBeGreaterThan(before.items.length);
  });

  it('gives a service its own runs and tasks, and nobody else them', async () => {
    const { as } = await world();
    const [owner, worker, other] = await Promise.all(
      ['trip-service', 'book-service', 'other-service'].map((name) => as(name, 'service')),
    );
    if (owner === undefined || worker === undefined || other === undefined) throw new Error('no clients');
    const steps = [{ name: 'book', seq: 1, objectType: 'thing' }];
    const REGISTER = '/api/orchestration/register';
    await owner.post(REGISTER, { orchName: 'trip', as: 'initiator', type: 'sequential', steps });
    await worker.post(REGISTER, { orchName: 'trip', as: 'worker', steps: [{ name: 'book' }] });
    const { flowId } = read(await owner.post('/api/orchestration/execute/trip', {}), started);
    const poll = { service: 'book-service', waitMs: 10_000 };
    const [taken] = read(await worker.post('/api/v1/tasks/poll', poll), polled).tasks;
    const { stepName, action, attempt } = taken ?? {};
    const onTask = { flowId, stepName, action, attempt };
    const answer = { ...onTask, metadata: { status: 'SUCCESS' } };
    const outcome = async (client: typeof owner, path: string, body: object) =>
      read(await client.post(path, body), results).results[0]?.outcome;
    expect(await outcome(other, '/api/v1/tasks/heartbeat', onTask)).toBe('lost');
    expect(await outcome(other, '/api/v1/tasks/responses', answer)).toBe('unknown_run');
    const unknownStep = { ...answer, stepName: 'nothing' };
    expect(await outcome(other, '/api/v1/tasks/responses', unknownStep)).toBe('unknown_run');
    expect(await outcome(worker, '/api/v1/tasks/heartbeat', onTask)).toBe('extended');
    expect(await outcome(worker, '/api/v1/tasks/responses', answer)).toBe('accepted');
    expect(await outcome(worker, '/api/v1/tasks/responses', answer)).toBe('duplicate');
    expect(await outcome(other, '/api/v1/tasks/responses', answer)).toBe('unknown_run');
    expect((await owner.get(`/api/v1/sagas/${flowId}`)).status).toBe(200);
    for (const client of [worker, other])
      expect((await client.get(`/api/v1/sagas/${flowId}`)).status).toBe(404);
  });

  it.each(['EdDSA', 'ES256'])(
    'takes the tokens of its command line (%s)',
    { timeout: 60_000 },
    async (algorithm) => {
      const keys = join(freshDirectory(), 'keys');
      const made = jsonOf(await runCli(['token', '--make-key', keys, '--alg', algorithm, '-o', 'json']));
      const settings = { ...JWT, JWT_PUBLIC_KEY_FILE: String(made['publicKey']) };
      const { address } = await startSkald(freshDirectory(), settings);
      const sign = ['token', '--key', String(made['privateKey']), '--subject', 'erik', '--role', 'viewer'];
      const { stdout } = await runCli(sign);
      const headers = { authorization: `Bearer ${stdout.trim()}` };
      expect((await call(`${address}/api/v1/orchestrations`, { headers })).status).toBe(200);
      expect((await call(`${address}/api/v1/events`, { headers })).status).toBe(403);
    },
  );

  it('is asked by the command line with the token of the environment, or of a file', async () => {
    const { address, directory, tokenOf } = await world();
    const list = (env: Record<string, string>, ...args: readonly string[]) =>
      runCli(['orchestration', 'list', '-o', 'json', ...args], { SKALD_URL: address, ...env });
    const without = await list({});
    expect(without.exitCode).toBe(1);
    expect(without.stderr).toContain('SKALD_TOKEN or --token-file');
    const token = await tokenOf('erik', 'viewer');
    expect(jsonOf(await list({ SKALD_TOKEN: token }))).toMatchObject({ items: [] });
    const file = join(directory, 'token');
    writeFileSync(file, `${token}\n`);
    expect(jsonOf(await list({ SKALD_TOKEN: 'x' }, '--token-file', file))).toMatchObject({ items: [] });
    expect((await list({}, '--token-file', join(directory, 'nothing'))).exitCode).toBe(2);
  });

  it('does not start without keys, nor on other addresses without tokens', async () => {
    const none = await refusedStart({ ...JWT, DATA_DIR: freshDirectory() });
    expect([none.exitCode, none.output]).toEqual([78, expect.stringContaining('JWT_PUBLIC_KEY_FILE')]);
    const missing = { ...JWT, JWT_PUBLIC_KEY_FILE: '/nowhere/key.pem', DATA_DIR: freshDirectory() };
    const unread = await refusedStart(missing);
    expect([unread.exitCode, unread.output]).toEqual([78, expect.stringContaining('cannot be read')]);
    const exposed = await refusedStart({ HOST: '0.0.0.0' });
    expect([exposed.exitCode, exposed.output]).toEqual([78, expect.stringContaining('while AUTH is off')]);
  });
});

describe('skald token', () => {
  it('makes a key that only its owner can read, and never over another one', async () => {
    const directory = join(freshDirectory(), 'keys');
    const made = jsonOf(await runCli(['token', '--make-key', directory, '-o', 'json']));
    expect(statSync(String(made['privateKey'])).mode & 0o777).toBe(0o600);
    const again = await runCli(['token', '--make-key', directory]);
    expect([again.exitCode, again.stderr]).toEqual([4, expect.stringContaining('EEXIST')]);
  });

  it('gives each token an id, by which it can be refused later', async () => {
    const keys = join(freshDirectory(), 'keys');
    const { privateKey } = jsonOf(await runCli(['token', '--make-key', keys, '-o', 'json']));
    const sign = [
      'token',
      '--key',
      String(privateKey),
      '--subject',
      'erik',
      '--role',
      'viewer',
      '-o',
      'json',
    ];
    const { token, tokenId } = jsonOf(await runCli(sign));
    expect(decodeJwt(String(token)).jti).toBe(tokenId);
    expect(tokenId).toMatch(/^[0-9a-f-]{36}$/);
  });

  it.each([
    ['no subject', ['--role', 'viewer'], '--subject is needed'],
    ['no role', ['--subject', 'erik'], '--role is needed'],
    ['an unknown role', ['--subject', 'erik', '--role', 'root'], 'Allowed choices are viewer'],
    ['no time', ['--subject', 'erik', '--role', 'viewer', '--ttl', 'soon'], 'It must be a time as'],
  ])('signs nothing with %s', async (_what, args, says) => {
    const directory = freshDirectory();
    mkdirSync(directory, { recursive: true });
    await runCli(['token', '--make-key', directory]);
    const { exitCode, stdout, stderr } = await runCli([
      'token',
      '--key',
      join(directory, 'token-key.pem'),
      ...args,
    ]);
    expect({ exitCode, stdout }).toEqual({ exitCode: 2, stdout: '' });
    expect(stderr).toContain(says);
  });
});
