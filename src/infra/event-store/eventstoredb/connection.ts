import { readFileSync } from 'node:fs';
import type {
  ChannelCredentialOptions,
  Credentials,
  DNSClusterOptions,
  GossipClusterOptions,
  SingleNodeOptions,
} from '@eventstore/db-client';
import { z } from 'zod';

/** The connection string cannot be used. The message names the part that is wrong and never its value. */
export class ConnectionInvalid extends Error {
  override readonly name = 'ConnectionInvalid';
}

type Settings = DNSClusterOptions | GossipClusterOptions | SingleNodeOptions;
type Host = { readonly address: string; readonly port: number };

export type Connection = {
  readonly settings: Settings;
  readonly channel: ChannelCredentialOptions;
  readonly credentials: Credentials | undefined;
  /** The configured nodes as `host:port`: the only ones a leader's address is believed of. */
  readonly hosts: readonly string[];
};

const FORM = /^(?:esdb|kurrentdb)(\+discover)?:\/\/(?:([^@/]*)@)?([^@/?]+)\/?(?:\?(.*))?$/;
const DEFAULT_PORT = 2113;
const FIRST_PASSWORD = 'changeit';
const LOOPBACK = /^(?:localhost|127(?:\.\d{1,3}){3})$/;

const flag = z.enum(['true', 'false']).transform((text) => text === 'true');
const ms = z.coerce.number().int().min(1).max(600_000);
const parameters = z.strictObject({
  tls: flag.default(true),
  tlsCAFile: z.string().optional(),
  userCertFile: z.string().optional(),
  userKeyFile: z.string().optional(),
  // Below that the client warns on the console.
  keepAliveInterval: ms.min(10_000).default(10_000),
  keepAliveTimeout: ms.default(10_000),
  connectionName: z.string().max(100).default('skald'),
});
type Parameters = z.output<typeof parameters>;

/**
 * Reads `esdb://user:password@host:2113,host2?tls=true`, or `esdb+discover://name`. The client's own parser prints the
 * whole string, password included, where it does not like a part of it.
 *
 * @throws ConnectionInvalid
 */
export const connectionFrom = (url: string): Connection => {
  const match = FORM.exec(url.trim());
  if (match === null)
    throw new ConnectionInvalid('the address is not of the form esdb://user:password@host:port');
  const [, discover, user, hostList = '', query = ''] = match;
  const hosts = hostList.split(',').map(hostOf);
  const given = parametersOf(query);
  const { keepAliveInterval, keepAliveTimeout, connectionName } = given;
  const credentials = user === undefined ? undefined : credentialsOf(user);
  if (credentials?.password === FIRST_PASSWORD && !hosts.every(isLoopback))
    throw new ConnectionInvalid('the password is the one that servers come with: anybody knows it');
  const shared = { keepAliveInterval, keepAliveTimeout, connectionName, throwOnAppendFailure: true };
  return {
    settings: { ...shared, ...placeOf(hosts, discover !== undefined) },
    channel: channelOf(given),
    credentials,
    hosts: hosts.map(({ address, port }) => `${address}:${port}`),
  };
};

const hostOf = (text: string): Host => {
  const [, address, port = String(DEFAULT_PORT)] = /^([A-Za-z0-9._-]+)(?::(\d{1,5}))?$/.exec(text) ?? [];
  if (address === undefined || Number(port) > 65_535) throw new ConnectionInvalid('a host is not host:port');
  return { address, port: Number(port) };
};

const isLoopback = ({ address }: Host): boolean => LOOPBACK.test(address);

const placeOf = (hosts: readonly Host[], isDiscover: boolean) => {
  const [first] = hosts;
  if (first === undefined) throw new ConnectionInvalid('there is no host');
  if (isDiscover) return { discover: first };
  return hosts.length > 1 ? { endpoints: [...hosts] } : { endpoint: first };
};

const credentialsOf = (text: string): Credentials => {
  const colon = text.indexOf(':');
  if (colon < 1) throw new ConnectionInvalid('what stands before the @ is not user:password');
  try {
    return {
      username: decodeURIComponent(text.slice(0, colon)),
      password: decodeURIComponent(text.slice(colon + 1)),
    };
  } catch {
    throw new ConnectionInvalid('user or password are not percent-encoded');
  }
};

const NAMES = new Map(Object.keys(parameters.shape).map((name) => [name.toLowerCase(), name]));

/** Case does not count: the vendor's own pages spell `tlsCaFile` and `tlsCAFile`. */
const parametersOf = (query: string): Parameters => {
  const given = [...new URLSearchParams(query)].map(
    ([name, value]) => [NAMES.get(name.toLowerCase()) ?? name, value] as const,
  );
  const parsed = parameters.safeParse(Object.fromEntries(given));
  if (parsed.success) return parsed.data;
  const keys = parsed.error.issues.flatMap((issue) =>
    issue.code === 'unrecognized_keys' ? issue.keys : issue.path.map(String),
  );
  throw new ConnectionInvalid(`unknown or wrong: ${keys.join(', ')}`);
};

const channelOf = ({ tls, tlsCAFile, userCertFile, userKeyFile }: Parameters): ChannelCredentialOptions => {
  if (!tls) return { insecure: true };
  return {
    insecure: false,
    ...(tlsCAFile === undefined ? {} : { rootCertificate: fileOf('tlsCAFile', tlsCAFile) }),
    ...(userCertFile === undefined ? {} : { userCertFile: fileOf('userCertFile', userCertFile) }),
    ...(userKeyFile === undefined ? {} : { userKeyFile: fileOf('userKeyFile', userKeyFile) }),
  };
};

const fileOf = (name: string, path: string): Buffer => {
  try {
    return readFileSync(path);
  } catch {
    throw new ConnectionInvalid(`the file of ${name} cannot be read`);
  }
};
