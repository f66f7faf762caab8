import { expect, it } from 'vitest';
import { runInProcess } from '../../support/cli-in-process.ts';
import { loopbackServer } from '../../support/loopback-server.ts';

const done = { phase: 'done', events: 7, eventsPerSecond: 0 };
const refolded = { ...done, kind: 'refold', result: { kind: 'refolded', documents: 0, blocked: 0 } };
const rebuilt = {
  ...done,
  kind: 'rebuild',
  result: { kind: 'switched', comparison: { isEqual: true, differing: 0 } },
};

/** A server that starts a rebuild and then tells of this job. */
const telling = (job: object | null) =>
  loopbackServer(({ method }, response) => {
    const items = [{ name: 'sagas', job, secondsLeft: null }];
    const started = { job: { ...rebuilt, phase: 'waiting', result: null } };
    response.writeHead(200, { 'content-type': 'application/json' });
    response.end(JSON.stringify(method === 'POST' ? started : { items }));
  });

it.each([
  ['its own end', rebuilt, 0, ''],
  ['none', null, 1, 'the projector started over'],
  ['what every start of a projector does', refolded, 1, 'the projector started over'],
])('a rebuild that is told of %s exits as it ended', async (_, job, exitCode, said) => {
  const url = await telling(job);
  const ended = await runInProcess(['projections', 'rebuild', 'sagas', '--yes'], { url });
  expect(ended.exitCode).toBe(exitCode);
  expect(ended.stderr).toContain(said);
});
