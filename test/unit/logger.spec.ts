import { Writable } from 'node:stream';
import { describe, expect, it } from 'vitest';
import { createLogger } from '../../src/infra/telemetry/logger.ts';

const recording = (level: string) => {
  let written = '';
  const destination = new Writable({
    write: (chunk: Buffer, _encoding, done) => {
      written += chunk.toString();
      done();
    },
  });
  return {
    logger: createLogger(level, destination),
    lines: () => written.split('\n').filter((line) => line !== ''),
  };
};

describe('the log', () => {
  it('is one JSON object per line, whatever is logged', () => {
    const { logger, lines } = recording('info');
    logger.info({ name: 'a\nb\u001b[31m' }, 'x\r\ny');
    expect(lines()).toHaveLength(1);
    expect(JSON.parse(lines()[0] ?? '')).toMatchObject({
      level: 'info',
      msg: 'x\r\ny',
      name: 'a\nb\u001b[31m',
    });
  });

  it('keeps payloads, headers and requests to itself', () => {
    const { logger, lines } = recording('info');
    logger.info({ req: { canary: 1 }, headers: { a: 'canary' }, task: { payload: 'canary' } }, 'x');
    expect(lines().join()).not.toContain('canary');
  });

  it('tells an error by name, code, cause and place, without the fields a library hung on it', () => {
    const { logger, lines } = recording('info');
    const error = Object.assign(new Error('no', { cause: new TypeError('why') }), {
      code: 'E1',
      request: 'canary',
    });
    logger.error({ err: error }, 'x');
    expect(JSON.parse(lines()[0] ?? '')).toMatchObject({
      err: {
        type: 'Error',
        code: 'E1',
        cause: { type: 'TypeError' },
        stack: expect.stringContaining('at ') as unknown,
      },
    });
    expect(lines().join()).not.toContain('canary');
  });

  it('tells of what was thrown and is no error no more than its kind', () => {
    const { logger, lines } = recording('info');
    logger.error({ err: { request: 'canary' } }, 'x');
    logger.error({ err: 'x'.repeat(400) }, 'x');
    expect(JSON.parse(lines()[0] ?? '')).toMatchObject({ err: { type: 'object' } });
    expect(JSON.parse(lines()[1] ?? '')).toMatchObject({ err: 'x'.repeat(300) });
    expect(lines().join()).not.toContain('canary');
  });

  it('leaves out what is below its level', () => {
    const { logger, lines } = recording('warn');
    logger.info('x');
    expect(lines()).toEqual([]);
  });
});
