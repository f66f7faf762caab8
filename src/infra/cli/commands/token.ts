import type { Command } from 'commander';
import { InvalidArgumentError, Option } from 'commander';
import { SignJWT } from 'jose';
import { randomUUID } from 'node:crypto';
import { ROLES } from '../../identity/port.ts';
import type { Call, CliDeps } from '../call.ts';
import { define } from '../define.ts';
import { usageError } from '../errors.ts';
import { card } from '../table.ts';
import { KEY_ALGORITHMS, makeKey, readSigningKey } from '../token/development-key.ts';

const UNIT_S: Readonly<Record<string, number>> = { s: 1, m: 60, h: 3600, d: 86_400 };

const duration = (text: string): number => {
  const [, count, unit = ''] = /^([1-9]\d{0,5})([smhd])$/.exec(text) ?? [];
  const seconds = Number(count) * (UNIT_S[unit] ?? Number.NaN);
  if (seconds > 0) return seconds;
  throw new InvalidArgumentError('It must be a time as 90s, 30m, 1h or 7d.');
};

const collect = (role: string, before: readonly string[] = []): readonly string[] => {
  if (ROLES.some((known) => known === role)) return [...before, role];
  throw new InvalidArgumentError(`Allowed choices are ${ROLES.join(', ')}.`);
};

export const tokenCommand = (program: Command, deps: CliDeps): void => {
  define(program, deps, {
    usage: 'token',
    summary: 'make a key for development, and tokens signed with it; needs no server',
    example: 'token --key keys/token-key.pem --subject trip-service --role service --ttl 1h',
    options: [
      new Option('--make-key <dir>', 'make token-key.pem and token-key.pub.pem there').conflicts('key'),
      new Option('--alg <name>', 'of the key to make').choices(KEY_ALGORITHMS).default('EdDSA'),
      new Option('--key <file>', 'sign a token with this private key'),
      new Option('--subject <name>', 'whom it speaks for; of a service, its name'),
      new Option('--role <role>', `one of ${ROLES.join(', ')}; may be repeated`).argParser(collect),
      new Option('--ttl <time>', 'how long it is good for').argParser(duration).default(3600, '1h'),
      new Option('--audience <name>', "the server's JWT_AUDIENCE").default('skald'),
      new Option('--issuer <url>', "the server's JWT_ISSUER, where it has one"),
      new Option('--typ <type>', "the server's JWT_TYP, where it has one"),
    ],
    run: (call) => (call.text('makeKey') === undefined ? printToken(call) : printKey(call)),
  });
};

const printKey = async (call: Call): Promise<void> => {
  const algorithm = KEY_ALGORITHMS.find((name) => name === call.text('alg')) ?? 'EdDSA';
  const files = makeKey(call.text('makeKey') ?? '', algorithm);
  const columns = { 'PRIVATE KEY': 'privateKey', 'PUBLIC KEY': 'publicKey', ALGORITHM: 'algorithm' };
  await call.output.one(files, () => card(columns, files));
};

/** The token alone, so that it can go into a variable or a file. */
const printToken = async (call: Call): Promise<void> => {
  const { key, algorithm } = readSigningKey(needed(call, 'key'));
  const roles = call.list('role');
  if (roles.length === 0) throw usageError('--role is needed: a token without one may do nothing');
  const now = Math.floor(call.clock.now() / 1000);
  const expires = now + (call.number('ttl') ?? 0);
  const issuer = call.text('issuer');
  const typ = call.text('typ');
  const tokenId = randomUUID();
  const unsigned = new SignJWT({ roles: [...roles] })
    .setProtectedHeader({ alg: algorithm, ...(typ === undefined ? {} : { typ }) })
    .setSubject(needed(call, 'subject'))
    .setAudience(needed(call, 'audience'))
    .setJti(tokenId)
    .setIssuedAt(now)
    .setExpirationTime(expires);
  const token = await (issuer === undefined ? unsigned : unsigned.setIssuer(issuer)).sign(key);
  const expiresAt = new Date(expires * 1000).toISOString();
  await call.output.one({ token, tokenId, expiresAt }, () => `${token}\n`);
};

const needed = (call: Call, name: string): string => {
  const given = call.text(name);
  if (given === undefined || given === '') throw usageError(`--${name} is needed, or --make-key`);
  return given;
};
