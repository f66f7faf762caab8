import { describe, expect, it } from 'vitest';
import { cliWorld } from '../support/cli-world.ts';
import { jsonOf, linesOf, startCli } from '../support/skald-cli.ts';
import { startSkald } from '../support/skald-server.ts';

const LONG = { timeout: 60_000 };

describe('skald stream read', () => {
  it('prints the events as a table, as lines and as a document', LONG, async () => {
    const { skald, completed } = await cliWorld();
    const stream = `saga-${await completed()}`;
    const [text, lines, document, part, unknown] = await Promise.all([
      skald('stream', 'read', stream),
      skald('stream', 'read', stream, '-o', 'jsonl'),
      skald('stream', 'read', stream, '-o', 'json'),
      skald('stream', 'read', stream, '-o', 'jsonl', '--from', '1', '--limit', '2'),
      skald('stream', 'read', 'saga-nothing'),
    ]);
    const events = linesOf(lines.stdout);
    expect(events.map(({ revision }) => revision)).toEqual(events.map((_, index) => index));
    expect(events.at(0)).toMatchObject({ stream, type: 'SagaStarted', metadata: { actor: { id: 'local' } } });
    expect(text.stdout.trimEnd().split('\n')).toHaveLength(events.length + 1);
    expect(text.stdout).toMatch(/^ +0 {2}\S+ {2}SagaStarted +\{/m);
    expect(jsonOf(document)).toMatchObject({ items: events, head: events.length - 1 });
    expect(linesOf(part.stdout)).toEqual(events.slice(1, 3));
    expect(unknown).toMatchObject({ exitCode: 3, stdout: '' });
    expect(unknown.stderr).toContain('unknown_stream');
  });

  it('goes on with what comes, without gap or repeat, also after the server was away', LONG, async () => {
    const { skald, start, work, server, dataDir, env } = await cliWorld();
    const flowId = await start();
    const follower = startCli(['stream', 'read', `saga-${flowId}`, '--follow', '-o', 'jsonl'], env);
    await follower.until((stdout) => stdout.includes('StepDispatched'));
    await work();
    await follower.until((stdout) => stdout.includes('StepSucceeded'));

    await server.stop();
    const again = await startSkald(dataDir, { PORT: new URL(server.address).port });
    expect(again.address).toBe(server.address);
    await work();
    const stdout = await follower.until((text) => text.includes('SagaCompleted'));
    const stored = await skald('stream', 'read', `saga-${flowId}`, '-o', 'jsonl');
    expect(linesOf(stdout)).toEqual(linesOf(stored.stdout));
    follower.signal('SIGTERM');
    expect((await follower.ended()).stderr).toContain('the connection was cut: trying again');
  });

  it('begins behind the end where it is told to', LONG, async () => {
    const { start, work, env } = await cliWorld();
    const stream = `saga-${await start()}`;
    const follower = startCli(['stream', 'read', stream, '--from', '4', '--follow', '-o', 'jsonl'], env);
    await work();
    await work();
    const stdout = await follower.until((text) => text.includes('SagaCompleted'));
    expect(linesOf(stdout).at(0)).toMatchObject({ revision: 4 });
  });
});
