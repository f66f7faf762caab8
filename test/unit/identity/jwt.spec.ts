import { createHmac, generateKeyPairSync, sign } from 'node:crypto';
import { CompactEncrypt } from 'jose';
import { describe, expect, it } from 'vitest';
import { jwtIdentity } from '../../../src/infra/identity/jwt.ts';
import type { JwtOptions } from '../../../src/infra/identity/jwt.ts';
import { publicKeyIn, publicKeyOf } from '../../../src/infra/identity/public-key.ts';
import { manualClock } from '../../support/manual-clock.ts';
import { AUDIENCE, claimsFor, signer } from '../../support/tokens.ts';

const clock = manualClock();
const nowMs = clock.now();
const NOW = nowMs / 1000;
const ours = signer();
const claims = (changes: object = {}) => claimsFor('trip-service', ['service'], { nowMs, ...changes });

const identity = (options: Partial<JwtOptions> = {}) =>
  jwtIdentity({
    audience: AUDIENCE,
    publicKeyPem: ours.pem,
    clock,
    onTrouble: (error) => {
      throw error;
    },
    ...options,
  });
const kindOf = async (token: string, options?: Partial<JwtOptions>) =>
  (await identity(options).verify(token)).kind;
const base64 = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url');

describe('a token', () => {
  it('says whom it speaks for, with which roles, and until when', async () => {
    const token = await ours.sign(claims({ roles: ['service', 'viewer', 'emperor'] }));
    expect(await identity().verify(token)).toEqual({
      kind: 'known',
      principal: {
        subject: 'trip-service',
        roles: ['viewer', 'service'],
        expiresAt: nowMs + 3_600_000,
        issuedAt: nowMs,
      },
    });
    expect(await identity().verify(await ours.sign(claims({ jti: 't-1', iat: undefined })))).toMatchObject({
      principal: { tokenId: 't-1' },
    });
  });

  it.each(['RS256', 'PS256', 'ES256', 'EdDSA'])('may be signed by %s', async (algorithm) => {
    const other = signer(algorithm);
    expect(await kindOf(await other.sign(claims()), { publicKeyPem: other.pem })).toBe('known');
  });

  it.each<[string, Partial<JwtOptions>, object, readonly string[]]>([
    ['a list', {}, { roles: ['admin'] }, ['admin']],
    ['words', {}, { roles: 'viewer auditor' }, ['viewer', 'auditor']],
    ['a path', { rolesClaim: 'realm.roles' }, { realm: { roles: ['admin'] } }, ['admin']],
    ['a name with dots', { rolesClaim: 'a.b/roles' }, { 'a.b/roles': ['admin'] }, ['admin']],
    ['nothing', { rolesClaim: 'constructor.name' }, { roles: ['admin'] }, []],
    ['a number', {}, { roles: 7 }, []],
  ])('has its roles as %s', async (_form, options, changes, roles) => {
    const verdict = await identity(options).verify(await ours.sign(claims(changes)));
    expect(verdict).toMatchObject({ kind: 'known', principal: { roles } });
  });
});

describe('a token is refused', () => {
  it.each(['none', 'None', 'nOnE'])('with the algorithm %s and no signature', async (alg) => {
    expect(await kindOf(`${base64({ alg })}.${base64(claims())}.`)).toBe('refused');
  });

  it('when the public key was used as a shared secret', async () => {
    const rsa = signer('RS256');
    const signed = `${base64({ alg: 'HS256', kid: rsa.kid })}.${base64(claims())}`;
    for (const secret of [rsa.pem, JSON.stringify(rsa.jwk)]) {
      const token = `${signed}.${createHmac('sha256', secret).update(signed).digest('base64url')}`;
      expect(await kindOf(token, { publicKeyPem: rsa.pem })).toBe('refused');
    }
  });

  it('when another key signed it, of the same kind or of another', async () => {
    for (const algorithm of ['EdDSA', 'ES256', 'RS256'])
      expect(await kindOf(await signer(algorithm).sign(claims()))).toBe('refused');
  });

  it('when it brings its own key along', async () => {
    const theirs = signer();
    const brought = { jwk: theirs.jwk, jku: 'http://127.0.0.1:9/keys', x5u: 'http://127.0.0.1:9/x' };
    expect(await kindOf(await theirs.sign(claims(), brought))).toBe('refused');
  });

  it.each<[string, object]>([
    ['of another audience', { aud: 'other' }],
    ['of several other audiences', { aud: ['a', 'b'] }],
    ['without an audience', { aud: undefined }],
    ['that ended 31 s ago', { exp: NOW - 31 }],
    ['that begins in 31 s', { nbf: NOW + 31 }],
    ['issued in the future', { iat: NOW + 31 }],
    ['without an end', { exp: undefined }],
    ['that ends at a text', { exp: String(NOW + 60) }],
    ['that ends at a fraction', { exp: NOW + 60.5 }],
    ['that ends at 1e20', { exp: 1e20 }],
    ['without a subject', { sub: undefined }],
    ['with an empty subject', { sub: '' }],
    ['whose subject is a list', { sub: ['a'] }],
    ['whose subject is too long', { sub: 'a'.repeat(201) }],
    ['whose subject holds a line end', { sub: 'a\nb' }],
    ['whose subject is half a character', { sub: '\ud800' }],
    ['whose id is a number', { jti: 7 }],
  ])('%s', async (_what, changes) => {
    expect(await kindOf(await ours.sign(claims(changes)))).toBe('refused');
  });

  it.each<[string, object]>([
    ['that ended 29 s ago', { exp: NOW - 29 }],
    ['that begins in 29 s', { nbf: NOW + 29 }],
    ['with us among its audiences', { aud: ['other', AUDIENCE] }],
  ])('not %s', async (_what, changes) => {
    expect(await kindOf(await ours.sign(claims(changes)))).toBe('known');
  });

  it('from another issuer, or from none', async () => {
    const issuer = 'https://idp.example';
    expect(await kindOf(await ours.sign(claims({ iss: issuer })), { issuer })).toBe('known');
    expect(await kindOf(await ours.sign(claims({ iss: `${issuer}/` })), { issuer })).toBe('refused');
    expect(await kindOf(await ours.sign(claims()), { issuer })).toBe('refused');
  });

  it('of another type, where a type is asked for', async () => {
    const typ = 'at+jwt';
    expect(await kindOf(await ours.sign(claims(), { typ }), { typ })).toBe('known');
    expect(await kindOf(await ours.sign(claims(), { typ: 'JWT' }), { typ })).toBe('refused');
    expect(await kindOf(await ours.sign(claims()), { typ })).toBe('refused');
  });

  it('with an extension that nobody here knows', async () => {
    const signed = (header: object): string => {
      const text = `${base64({ alg: 'EdDSA', ...header })}.${base64(claims())}`;
      return `${text}.${sign(null, Buffer.from(text), ours.privateKey).toString('base64url')}`;
    };
    expect(await kindOf(signed({ magic: true }))).toBe('known');
    expect(await kindOf(signed({ crit: ['magic'], magic: true }))).toBe('refused');
  });

  it('when it is encrypted, has five parts, or is no token', async () => {
    const { publicKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
    const encrypted = await new CompactEncrypt(Buffer.from(JSON.stringify(claims())))
      .setProtectedHeader({ alg: 'RSA-OAEP', enc: 'A128GCM' })
      .encrypt(publicKey);
    for (const token of [encrypted, 'a.b.c.d.e', 'a.b.c', '...', '', 'x', base64({}), `${base64(7)}.e30.`])
      expect(await kindOf(token)).toBe('refused');
  });

  it('when it is longer than 8 KiB', async () => {
    const sign = (filler: string) => ours.sign(claims({ filler }));
    const { length } = await sign('');
    expect(await kindOf(await sign('x'.repeat(Math.floor(((8000 - length) * 3) / 4))))).toBe('known');
    expect(await kindOf(await sign('x'.repeat(8000)))).toBe('refused');
  });

  it('with any one bit of it changed', async () => {
    const token = await ours.sign(claims());
    const [header = '', payload = '', signature = ''] = token.split('.');
    const parts = [payload, signature].map((part) => Buffer.from(part, 'base64url'));
    for (const [index, part] of parts.entries())
      for (let bit = 0; bit < part.length * 8; bit += 1) {
        const changed = Buffer.from(part);
        changed[bit >> 3] = (changed[bit >> 3] ?? 0) ^ (1 << (bit & 7));
        const both = parts.map((same, at) => (at === index ? changed : same).toString('base64url'));
        expect(await kindOf([header, ...both].join('.'))).toBe('refused');
      }
  });
});

describe("a token's times", () => {
  it('are held against the time the machine has now, also where the steady clock stayed behind', async () => {
    const wall = { now: () => nowMs + 3_600_000 };
    const issued = claims({ iat: NOW + 3600, exp: NOW + 3900 });
    const principal = { expiresAt: nowMs + 300_000 };
    expect(await identity({ wall }).verify(await ours.sign(issued))).toMatchObject({
      ...{ kind: 'known', principal },
    });
    expect(await kindOf(await ours.sign(claims()), { wall: { now: () => nowMs + 86_400_000 } })).toBe(
      'refused',
    );
  });
});

describe('a token that was accepted', () => {
  it('is accepted until it ends, and no longer', async () => {
    const time = manualClock();
    const known = identity({ clock: time });
    const token = await ours.sign(claims({ exp: NOW + 5 }));
    const after = async (ms: number) => {
      await time.advance(ms, () => Promise.resolve());
      return (await known.verify(token)).kind;
    };
    expect(await after(0)).toBe('known');
    expect(await after(34_000)).toBe('known');
    expect(await after(1000)).toBe('refused');
  });
});

describe('the key to check tokens with', () => {
  it('is never a private one, nor a weak one, nor none at all', () => {
    const pem = (key: { export: (options: { type: never; format: 'pem' }) => unknown }, type: string) =>
      String(key.export({ type: type as never, format: 'pem' }));
    const weak = generateKeyPairSync('rsa', { modulusLength: 1024 }).publicKey;
    const p384 = generateKeyPairSync('ec', { namedCurve: 'secp384r1' }).publicKey;
    for (const text of [pem(ours.privateKey, 'pkcs8'), pem(weak, 'spki'), pem(p384, 'spki'), '', 'PEM'])
      expect(() => publicKeyOf(text)).toThrow(/JWT_PUBLIC_KEY_FILE/);
    expect(() => publicKeyIn('/nowhere/key.pem')).toThrow('JWT_PUBLIC_KEY_FILE cannot be read');
    expect(() => jwtIdentity({ audience: AUDIENCE, clock, onTrouble: () => undefined })).toThrow(RangeError);
  });
});
