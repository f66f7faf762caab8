import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { contextOf, openSpan, openTrace, settle, spanIn, traceOf, traceparentText } from '../tracing/port.ts';
import type { Attributes, OpenSpan, SpanContext, Tracing } from '../tracing/port.ts';
import { givenCorrelationId, headerOf } from './call-context.ts';
import { spanIdOf } from './trace-context.ts';

type Asked = OpenSpan & { readonly startMs: number; readonly parent: SpanContext | undefined };

/**
 * Every request is a span, below the caller's where that names one. One that names neither a trace nor a conversation is of
 * that which it writes to: what is written is the same as without traces.
 */
export const traceRequests = (app: FastifyInstance, tracing: Tracing): void => {
  const asked = new WeakMap<FastifyRequest, Asked>();
  app.addHook('onRequest', (request, _reply, done) => {
    if (!isUntold(request)) asked.set(request, begun(request, tracing));
    done();
  });
  // Once the body is there: what reads that has forgotten whose it is. What a socket brings later is no part of its handshake.
  app.addHook('preHandler', (request, _reply, done) => {
    const open = request.ws ? undefined : asked.get(request);
    if (open === undefined) done();
    else tracing.within(open, done);
  });
  app.addHook('onSend', (request, reply, payload, done) => {
    const open = asked.get(request);
    if (open !== undefined) {
      settle(open.trace);
      reply.header('traceparent', traceparentText(contextOf(open), tracing.isSampled(open.trace.id)));
    }
    done(null, payload);
  });
  app.addHook('onResponse', (request, reply, done) => {
    const open = asked.get(request);
    if (open !== undefined) {
      open.isOver = true;
      if (!staysOpen(reply)) tell(open, request, reply, tracing);
    }
    done();
  });
};

const begun = (request: FastifyRequest, { now, newTraceId }: Tracing): Asked => {
  const parent = spanIn(headerOf(request, 'traceparent') ?? '');
  const conversation = givenCorrelationId(request);
  const named = parent?.traceId ?? (conversation === undefined ? undefined : traceOf(conversation));
  return { ...openSpan(openTrace(named, newTraceId), spanIdOf(request)), startMs: now(), parent };
};

const PROBES = /^\/(?:livez|readyz|metrics|actuator\/.*|actuator|api\/orchestration\/health)$/;
const WORKERS = /^\/api\/v1\/(?:tasks\/(?:poll|heartbeat)|workers\/heartbeat)$/;

/** Asked every few seconds, for ever. What a poll hands out is told of with its attempt. */
const isUntold = ({ routeOptions: { url = '' } }: FastifyRequest): boolean =>
  PROBES.test(url) || WORKERS.test(url);

/** For as long as its caller likes: that is no request that takes long. */
const staysOpen = ({ raw }: FastifyReply): boolean =>
  String(raw.getHeader('content-type')).startsWith('text/event-stream');

const METHODS = new Set(['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS', 'TRACE']);

const tell = (open: Asked, request: FastifyRequest, reply: FastifyReply, tracing: Tracing): void => {
  const { parent, links, startMs, trace } = open;
  const { url: route } = request.routeOptions;
  const { statusCode: status } = reply;
  const isKnown = METHODS.has(request.method);
  const method = isKnown ? request.method : 'HTTP';
  tracing.record({
    ...{ name: route === undefined ? method : `${method} ${route}`, kind: 'server', links },
    ...{ context: contextOf(open), startMs, endMs: tracing.now() },
    parentSpanId: parent?.spanId ?? trace.below,
    attributes: {
      'http.request.method': isKnown ? request.method : '_OTHER',
      'http.route': route,
      'http.response.status_code': status,
      'url.scheme': request.protocol,
      ...subjectOf(request.params),
    },
    failed: status >= 500 ? String(status) : undefined,
  });
};

const subjectOf = (params: unknown): Attributes => ({
  'skald.flow.id': idIn(params, 'flowId'),
  'skald.instance.id': idIn(params, 'instanceId'),
});

/** Ids of ours; anything else that stands there a caller made up. */
const ID = /^(?:[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}|-?\d{1,20})$/i;

const idIn = (params: unknown, name: string): string | undefined => {
  if (typeof params !== 'object' || params === null) return undefined;
  const value: unknown = Object.getOwnPropertyDescriptor(params, name)?.value;
  return typeof value === 'string' && ID.test(value) ? value : undefined;
};
