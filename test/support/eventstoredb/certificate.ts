import { generateKeyPairSync, randomBytes, sign } from 'node:crypto';

export type Certificate = { readonly certificate: string; readonly key: string };

export type CertificateOptions = {
  /** IPv4 address the certificate is for. */
  readonly address: string;
  readonly from: Date;
  readonly to: Date;
};

const ECDSA_WITH_SHA256 = Buffer.from('06082a8648ce3d040302', 'hex');
const COMMON_NAME = Buffer.from('0603550403', 'hex');
const SUBJECT_ALTERNATIVE_NAME = Buffer.from('0603551d11', 'hex');
const BASIC_CONSTRAINTS = Buffer.from('0603551d13', 'hex');
const VERSION_3 = Buffer.from('a003020102', 'hex');
const IS_AUTHORITY = Buffer.from('30030101ff', 'hex');

const SEQUENCE = 0x30;
const SET = 0x31;
const INTEGER = 0x02;
const BIT_STRING = 0x03;
const OCTET_STRING = 0x04;
const UTF8_STRING = 0x0c;
const GENERALIZED_TIME = 0x18;
const IP_ADDRESS = 0x87;
const EXTENSIONS = 0xa3;

const lengthOf = (bytes: number): Buffer => {
  if (bytes < 128) return Buffer.from([bytes]);
  return bytes < 256 ? Buffer.from([0x81, bytes]) : Buffer.from([0x82, bytes >> 8, bytes & 255]);
};

/** One DER value. */
const der = (tag: number, ...parts: readonly Buffer[]): Buffer => {
  const content = Buffer.concat(parts);
  return Buffer.concat([Buffer.from([tag]), lengthOf(content.length), content]);
};

const timeOf = (date: Date): Buffer =>
  der(GENERALIZED_TIME, Buffer.from(`${date.toISOString().slice(0, 19).replaceAll(/[-T:]/g, '')}Z`));

const extensionsFor = (address: string): Buffer => {
  const bytes = Buffer.from(address.split('.').map(Number));
  const names = der(SEQUENCE, der(IP_ADDRESS, bytes));
  return der(
    EXTENSIONS,
    der(
      SEQUENCE,
      der(SEQUENCE, BASIC_CONSTRAINTS, der(OCTET_STRING, IS_AUTHORITY)),
      der(SEQUENCE, SUBJECT_ALTERNATIVE_NAME, der(OCTET_STRING, names)),
    ),
  );
};

/** A fresh self-signed certificate and its key, PEM: trusted by who takes the certificate for an authority. */
export const selfSignedCertificate = ({ address, from, to }: CertificateOptions): Certificate => {
  const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve: 'prime256v1' });
  const name = der(SEQUENCE, der(SET, der(SEQUENCE, COMMON_NAME, der(UTF8_STRING, Buffer.from('double')))));
  const algorithm = der(SEQUENCE, ECDSA_WITH_SHA256);
  const serial = der(INTEGER, Buffer.from([1]), randomBytes(8));
  const validity = der(SEQUENCE, timeOf(from), timeOf(to));
  const subjectKey = publicKey.export({ type: 'spki', format: 'der' });
  const content = [VERSION_3, serial, algorithm, name, validity, name, subjectKey, extensionsFor(address)];
  const body = der(SEQUENCE, ...content);
  const signature = der(BIT_STRING, Buffer.from([0]), sign('sha256', body, privateKey));
  const base64 = der(SEQUENCE, body, algorithm, signature).toString('base64');
  const lines = base64.match(/.{1,64}/g) ?? [];
  return {
    certificate: ['-----BEGIN CERTIFICATE-----', ...lines, '-----END CERTIFICATE-----', ''].join('\n'),
    key: privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
  };
};
