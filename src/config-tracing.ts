import { validateHeaderName, validateHeaderValue } from 'node:http';
import { z } from 'zod';
import { wholeNumber } from './config-values.ts';
import type { Environment } from './environment.ts';
import { secret } from './secret.ts';

const isCollector = (text: string): boolean => {
  const url = URL.parse(text);
  if (url === null || url.search !== '' || url.hash !== '') return false;
  if (url.username !== '' || url.password !== '') return false;
  return url.protocol === 'http:' || url.protocol === 'https:';
};

/** Set by whoever sends. */
const OURS = new Set(['content-type', 'content-length', 'host', 'transfer-encoding', 'connection']);

type Headers = Readonly<Record<string, string>>;

/** `name=value` pairs, separated by commas, values percent-encoded; undefined for what is none. */
const headersIn = (text: string): Headers | undefined => {
  try {
    return Object.fromEntries(text.split(',').map(headerIn));
  } catch {
    return undefined;
  }
};

const headerIn = (pair: string): [name: string, value: string] => {
  const [, given = '', encoded = ''] = /^\s*([^=\s]+)\s*=(.*)$/.exec(pair) ?? [];
  const name = given.toLowerCase();
  const value = decodeURIComponent(encoded.trim());
  validateHeaderName(name);
  validateHeaderValue(name, value);
  if (OURS.has(name)) throw new TypeError(name);
  return [name, value];
};

/** Settings of traces, as OpenTelemetry names them. */
export const tracingSettings = {
  /** Where spans are sent to by OTLP over HTTP, `/v1/traces` below it. None are made without. */
  OTEL_EXPORTER_OTLP_ENDPOINT: z
    .string()
    .refine(isCollector, 'must be an http or https address, without query and credentials')
    .transform((text) => secret(`${text.replace(/\/+$/, '')}/v1/traces`))
    .optional(),
  /** Sent with them: `name=value`, several of them separated by commas, values percent-encoded. */
  OTEL_EXPORTER_OTLP_HEADERS: z
    .string()
    .refine(
      (text) => headersIn(text) !== undefined,
      'must be name=value, several of them separated by commas, values percent-encoded',
    )
    .transform(secret)
    .optional(),
  OTEL_SERVICE_NAME: z.string().max(200).default('skald'),
  /** By the id of the trace alone: what a caller says of sampling decides nothing here. */
  OTEL_TRACES_SAMPLER: z
    .enum(
      ['always_on', 'always_off', 'traceidratio'],
      "must be one of always_on, always_off, traceidratio: a caller's flag decides nothing here",
    )
    .default('always_on'),
  /** With `traceidratio`: which share of all traces is exported. */
  OTEL_TRACES_SAMPLER_ARG: z
    .string()
    .regex(/^(?:0(?:\.\d{1,9})?|1(?:\.0{1,9})?)$/, 'must be a number from 0 to 1, like 0.05')
    .transform(Number)
    .default(1),
  /** Spans that wait to be sent; what comes beyond that is dropped. */
  OTEL_BSP_MAX_QUEUE_SIZE: wholeNumber(1, 999_999).default(8192),
} as const;

/**
 * The settings without those of traces, where there is no collector: they stand in the environment for other programs
 * too, some with values that are refused here, and nothing reads them.
 */
export const unlessIdleTracing = (given: Environment): Environment =>
  given['OTEL_EXPORTER_OTLP_ENDPOINT'] === undefined
    ? Object.fromEntries(Object.entries(given).filter(([name]) => !(name in tracingSettings)))
    : given;

/** @param text as the setting was accepted */
export const exportHeaders = (text: string | undefined): Headers =>
  text === undefined ? {} : (headersIn(text) ?? {});
