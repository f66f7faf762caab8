import type { JSONWebKeySet } from 'jose';
import { z } from 'zod';

/** The identity provider answered with something that cannot be used, or not at all. */
class ProviderTrouble extends Error {
  override readonly name = 'ProviderTrouble';
}

const MAX_BYTES = 256 * 1024;
const LOOPBACK = /^(?:localhost|127\.\d{1,3}\.\d{1,3}\.\d{1,3}|\[::1\])$/;

const discovery = z.looseObject({ issuer: z.string(), jwks_uri: z.url() });
const text = z.string().exactOptional();
const jwk = z.object({
  ...{ kty: z.string(), kid: text, alg: text, use: text, key_ops: z.array(z.string()).exactOptional() },
  ...{ crv: text, x: text, y: text, n: text, e: text },
});
const keySet = z.object({ keys: z.array(jwk).min(1).max(100) });

/** Only over TLS, or on this machine. */
const isTrusted = (url: URL): boolean =>
  url.protocol === 'https:' || (url.protocol === 'http:' && LOOPBACK.test(url.hostname));

/**
 * The keys an issuer signs with, found by OpenID Connect discovery. Follows no redirect, reads 256 KiB at most.
 * @param timeoutMs for each of the two requests
 * @throws ProviderTrouble, or what fetch throws
 */
export const keysOfIssuer = async (issuer: string, timeoutMs: number): Promise<JSONWebKeySet> => {
  const place = `${issuer.replace(/\/$/, '')}/.well-known/openid-configuration`;
  const found = discovery.safeParse(await fetchJson(new URL(place), timeoutMs));
  if (found.data?.issuer !== issuer) throw new ProviderTrouble('its configuration is of another issuer');
  const address = new URL(found.data.jwks_uri);
  if (!isTrusted(address)) throw new ProviderTrouble('its keys are at an address without TLS');
  const keys = keySet.safeParse(await fetchJson(address, timeoutMs));
  if (keys.success) return keys.data;
  throw new ProviderTrouble('its keys are not a usable set');
};

const fetchJson = async (url: URL, timeoutMs: number): Promise<unknown> => {
  const response = await fetch(url, {
    redirect: 'error',
    signal: AbortSignal.timeout(timeoutMs),
    headers: { accept: 'application/json' },
  });
  if (response.status !== 200 || response.body === null) {
    await response.body?.cancel();
    throw new ProviderTrouble(`it answered HTTP ${response.status}`);
  }
  const body = await limited(response.body);
  try {
    return JSON.parse(body);
  } catch (error) {
    throw new ProviderTrouble('its answer is no JSON', { cause: error });
  }
};

const limited = async (body: ReadableStream<Uint8Array>): Promise<string> => {
  const chunks: Uint8Array[] = [];
  let size = 0;
  // Leaving the loop by a throw cancels the rest of the body.
  for await (const chunk of body) {
    size += chunk.length;
    if (size > MAX_BYTES) throw new ProviderTrouble('its answer is larger than 256 KiB');
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString();
};
