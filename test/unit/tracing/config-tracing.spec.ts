import { inspect } from 'node:util';
import { describe, expect, it } from 'vitest';
import { exportHeaders } from '../../../src/config-tracing.ts';
import { loadConfig } from '../../../src/config.ts';

const problemsOf = (env: Readonly<Record<string, string>>): readonly string[] => {
  const loaded = loadConfig(env);
  return loaded.kind === 'ok' ? [] : loaded.problems;
};

const COLLECTOR = 'http://127.0.0.1:4318';

describe('settings of traces', () => {
  it('keep what is sent, and where to, secret', () => {
    const loaded = loadConfig({
      OTEL_EXPORTER_OTLP_ENDPOINT: 'https://collector.example/hidden-part/',
      OTEL_EXPORTER_OTLP_HEADERS: 'Api-Key=hidden-part, x-other = a%2Cb%3D',
    });
    if (loaded.kind !== 'ok') throw new Error(loaded.problems.join());
    const { OTEL_EXPORTER_OTLP_ENDPOINT: endpoint, OTEL_EXPORTER_OTLP_HEADERS: headers } = loaded.config;
    expect(endpoint?.reveal()).toBe('https://collector.example/hidden-part/v1/traces');
    expect(exportHeaders(headers?.reveal())).toEqual({ 'api-key': 'hidden-part', 'x-other': 'a,b=' });
    expect(JSON.stringify(loaded) + inspect(loaded, { depth: 9 })).not.toContain('hidden-part');
  });

  it.each([
    { OTEL_EXPORTER_OTLP_ENDPOINT: 'collector-secret:4318' },
    { OTEL_EXPORTER_OTLP_ENDPOINT: 'ftp://secret' },
    { OTEL_EXPORTER_OTLP_ENDPOINT: 'http://user:secret@127.0.0.1' },
    { OTEL_EXPORTER_OTLP_ENDPOINT: 'http://:secret@127.0.0.1' },
    { OTEL_EXPORTER_OTLP_ENDPOINT: 'http://127.0.0.1?key=secret' },
    { OTEL_EXPORTER_OTLP_HEADERS: 'secret' },
    { OTEL_EXPORTER_OTLP_HEADERS: 'a=%secret' },
    { OTEL_EXPORTER_OTLP_HEADERS: 'a=secret%0D%0Ab' },
    { OTEL_EXPORTER_OTLP_HEADERS: 'Content-Length=secret' },
    { OTEL_TRACES_SAMPLER: 'parentbased_always_on' },
    { OTEL_TRACES_SAMPLER_ARG: '1.5' },
    { OTEL_BSP_MAX_QUEUE_SIZE: '0' },
  ])('refuse %o without repeating it', (env) => {
    const [problem, ...others] = problemsOf({ OTEL_EXPORTER_OTLP_ENDPOINT: COLLECTOR, ...env });
    expect(others).toEqual([]);
    expect(problem).toMatch(new RegExp(`^${Object.keys(env).join()} must be`));
    expect(problem).not.toContain('secret');
  });

  it('are not looked at without a collector: other programs read them too', () => {
    const others = { OTEL_TRACES_SAMPLER: 'parentbased_traceidratio', OTEL_EXPORTER_OTLP_HEADERS: 'none' };
    expect(loadConfig(others)).toEqual(loadConfig({}));
  });

  it('are none where none is given', () => {
    expect(exportHeaders(undefined)).toEqual({});
    expect(loadConfig({ OTEL_EXPORTER_OTLP_ENDPOINT: '' })).toEqual(loadConfig({}));
  });
});
