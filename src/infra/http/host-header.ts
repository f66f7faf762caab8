import type { IncomingMessage } from 'node:http';
import { problem } from './problem-details.ts';
import type { Problem } from './problem-details.ts';

/** RFC 9110: a name or an address (RFC 6874: with the network it is of), and a port. Some probes leave it empty. */
const HOST = /^(?:\[[\d:.a-f]+(?:%[\w.~%-]+)?\]|[\w.~!$&'()*+,;=%-]+)?(?::\d*)?$/i;
const ABSOLUTE = /^[a-z][a-z\d+.-]*:\/\/([^/?#]*)/i;

/**
 * What RFC 9112 (3.2) has refused: a request that has no Host header, or two, or one that is none. And one whose target
 * names another host than that: whatever stands before this server might have taken it for the other host's.
 */
export const refusalOfHost = (
  request: Pick<IncomingMessage, 'rawHeaders' | 'httpVersion' | 'url'>,
): Problem | undefined => {
  const [host, ...others] = hostsIn(request.rawHeaders);
  if (others.length > 0) return refused('a request has one Host header');
  if (host === undefined)
    return request.httpVersion === '1.0' ? undefined : refused('a request names its host');
  return HOST.test(host) ? refusalOfTarget(request, host) : refused('this is no value of a Host header');
};

const refusalOfTarget = ({ url = '' }: Pick<IncomingMessage, 'url'>, host: string): Problem | undefined => {
  const target = url.startsWith('/') ? undefined : ABSOLUTE.exec(url)?.[1];
  return target === undefined || withoutUsualPort(target) === withoutUsualPort(host)
    ? undefined
    : refused('the request names one host in its target, and another in its Host header');
};

/** Some clients say it in one of the two places only. */
const withoutUsualPort = (host: string): string => host.toLowerCase().replace(/:(?:80|443)?$/, '');

const refused = (detail: string): Problem =>
  problem('invalid_request', detail, { headers: { connection: 'close' } });

/** Elsewhere Node has kept the first of several only. */
const hostsIn = (rawHeaders: readonly string[]): readonly string[] => {
  const hosts: string[] = [];
  for (let index = 0; index < rawHeaders.length; index += 2) {
    const name = rawHeaders[index];
    if (name?.length === 4 && name.toLowerCase() === 'host') hosts.push(rawHeaders[index + 1] ?? '');
  }
  return hosts;
};
