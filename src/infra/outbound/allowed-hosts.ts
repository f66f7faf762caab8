import { lookup as resolve } from 'node:dns';
import type { LookupAddress } from 'node:dns';
import { BlockList, isIP } from 'node:net';
import type { LookupFunction } from 'node:net';

/** Addresses that a name must not lead to: this machine, the link it is on, where clouds keep credentials. */
const NEVER: readonly (readonly [net: string, prefix: number, family: 'ipv4' | 'ipv6'])[] = [
  ['0.0.0.0', 8, 'ipv4'],
  ['127.0.0.0', 8, 'ipv4'],
  ['169.254.0.0', 16, 'ipv4'],
  ['192.0.0.0', 24, 'ipv4'],
  ['224.0.0.0', 3, 'ipv4'],
  ['::', 127, 'ipv6'],
  ['64:ff9b::', 96, 'ipv6'],
  ['fd00:ec2::', 32, 'ipv6'],
  ['fe80::', 10, 'ipv6'],
  ['ff00::', 8, 'ipv6'],
];

const blocked = new BlockList();
for (const [net, prefix, family] of NEVER) blocked.addSubnet(net, prefix, family);

/**
 * Where calls may go: the origins that the settings name, each with its scheme and port. `host` and `host:port` mean
 * https.
 */
export const allowedOrigins = (hosts: readonly string[]): ReadonlySet<string> =>
  new Set(hosts.map((host) => new URL(host.startsWith('http://') ? host : `https://${host}`).origin));

/** The address as it will be called; a text that says why it will not be. */
export const allowedUrl = (text: string, origins: ReadonlySet<string>): URL | string => {
  const url = URL.parse(text);
  if (url === null || !/^https?:$/.test(url.protocol)) return 'it is no http address';
  if (url.username !== '' || url.password !== '') return 'it holds credentials, which would be recorded';
  url.hash = '';
  return origins.has(url.origin) ? url : 'its host is not one that the settings allow';
};

export class AddressBlocked extends Error {
  override readonly name = 'AddressBlocked';
  readonly code = 'ADDRESS_BLOCKED';
}

/**
 * Looks names up, and refuses one that leads to where nobody's name should, be it by one of its answers only: a name
 * that is allowed today may be pointed elsewhere tomorrow. `localhost` means what it says.
 */
export const guardedLookup: LookupFunction = (hostname, options, done) => {
  resolve(hostname, { ...options, all: true }, (error, addresses) => {
    if (error !== null) done(error, '', 0);
    else if (hostname !== 'localhost' && addresses.some(isBlocked))
      done(new AddressBlocked(`${hostname} leads to a blocked address`), '', 0);
    else answer(options.all === true, addresses, done);
  });
};

export const isBlocked = ({ address }: Pick<LookupAddress, 'address'>): boolean =>
  blocked.check(address, isIP(address) === 6 ? 'ipv6' : 'ipv4');

const answer = (
  isAll: boolean,
  addresses: readonly LookupAddress[],
  done: Parameters<LookupFunction>[2],
): void => {
  const [first] = addresses;
  if (isAll) done(null, [...addresses]);
  else if (first === undefined) done(new AddressBlocked('no address'), '', 0);
  else done(null, first.address, first.family);
};
