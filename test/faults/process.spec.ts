import { once } from 'node:events';
import { connect } from 'node:net';
import { describe, expect, it, vi } from 'vitest';
import { freshDirectory } from '../support/fresh-directory.ts';
import { call } from '../support/http-calls.ts';
import { flawsOf, runStreams } from '../support/saga-history.ts';
import { registerLoad, sagaLoad } from '../support/saga-load.ts';
import { metricsAddress, refusedStart, startSkald } from '../support/skald-server.ts';

// Server processes take a second or two to start on a busy machine.
vi.setConfig({ testTimeout: 60_000 });

const OPEN_RUNS = 100;
const DRAIN_MS = 25_000;

describe('SIGTERM under load (F-P-06)', () => {
  it('ends with 0 in time, answers nothing worse than 503, and keeps what was acknowledged', async () => {
    const dataDir = freshDirectory();
    const load = sagaLoad(OPEN_RUNS + 20);
    const first = await startSkald(dataDir, { LEASE_MS: '3000' });
    await registerLoad(first.address);
    load.calls.up(first.address);
    await load.until(() => load.acknowledged() > 200 && load.open() >= OPEN_RUNS);

    const start = performance.now();
    expect(await first.stop()).toBe(0);
    expect(performance.now() - start).toBeLessThan(DRAIN_MS);
    load.calls.down();

    const second = await startSkald(dataDir, { LEASE_MS: '3000' });
    load.calls.up(second.address);
    await load.drain();
    expect(await second.stop()).toBe(0);
    expect([...load.calls.statuses.keys()].filter((status) => status !== 503)).toEqual([200]);
    // The end came in the middle of the work: calls were turned away, or cut.
    expect(load.calls.lost() + (load.calls.statuses.get(503) ?? 0)).toBeGreaterThan(0);
    expect(flawsOf(await runStreams(dataDir), load)).toEqual([]);
  });
});

describe('SIGTERM while somebody is slow on the port for metrics', () => {
  it('closes the port of the API all the same, not after it', async () => {
    const server = await startSkald(freshDirectory(), { LOG_LEVEL: 'info', METRICS_PORT: '0' });
    const slow = connect(Number(new URL(await metricsAddress(server)).port), '127.0.0.1').resume();
    slow.on('error', () => undefined);
    await once(slow, 'connect');
    slow.write('GET /livez HTTP/1.1\r\nhost:');
    // Both ports are served by one thread: what was sent before this is answered has come in.
    expect(await call(`${server.address}/readyz`)).toMatchObject({ status: 200 });
    const stopped = server.stop();
    await vi.waitFor(() => expect(call(`${server.address}/readyz`)).rejects.toThrow(), { timeout: 10_000 });
    slow.destroy();
    expect(await stopped).toBe(0);
  });
});

describe('a second process on the same data directory (F-P-05)', () => {
  it('is refused with 75 and the reason, and the first goes on', async () => {
    const dataDir = freshDirectory();
    const first = await startSkald(dataDir);
    const { exitCode, output } = await refusedStart({ DATA_DIR: dataDir });
    expect(exitCode).toBe(75);
    expect(output).toContain('in use by another Skald process');
    expect(await call(`${first.address}/readyz`)).toMatchObject({ status: 200 });
    expect(await first.stop()).toBe(0);
  });
});

describe('a start with wrong settings', () => {
  it('is refused with 78 where it would be open to the network without authentication', async () => {
    const { exitCode, output } = await refusedStart({ HOST: '0.0.0.0', DATA_DIR: freshDirectory() });
    expect(exitCode).toBe(78);
    expect(output).toContain('HOST must be a loopback address (127.0.0.1, ::1, localhost) while AUTH is off');
  });

  it('names every wrong setting at once', async () => {
    const wrong = { HOST: '0.0.0.0', PORT: 'http', LEASE_MS: '-1', LOG_LEVEL: 'loud', MASTER_KEY: 'short' };
    const { exitCode, output } = await refusedStart({ ...wrong, DATA_DIR: freshDirectory() });
    expect(exitCode).toBe(78);
    const named = output.split('\n').flatMap((line) => /^ {2}([A-Z_]+) /.exec(line)?.[1] ?? []);
    expect(named.sort()).toEqual(Object.keys(wrong).sort());
    expect(output).not.toContain('short');
  });

  it('is refused with 78 where the address of MongoDB is malformed, without its password', async () => {
    const { exitCode, output } = await refusedStart({
      DATA_DIR: freshDirectory(),
      MASTER_KEY: 'ab'.repeat(32),
      EVENTSTOREDB_URL: 'esdb://127.0.0.1:2113?tls=false',
      MONGODB_URL: 'mongodb://skald:hidden@127.0.0.1:27017/skald?noSuchOption=1',
    });
    expect(output).toContain('the address of MongoDB is malformed');
    expect(output).not.toContain('hidden');
    expect(exitCode).toBe(78);
  });
});
