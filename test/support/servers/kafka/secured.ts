import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { selfSignedCertificate } from '../../eventstoredb/certificate.ts';
import { brokerProcess } from './broker-process.ts';
import { freePort } from './free-port.ts';
import { kafkaJars } from './maven-jars.ts';
import { answers } from './ready.ts';

export type SecuredKafka = {
  /** Takes connections over TLS with SASL, SCRAM-SHA-512, only. */
  readonly brokers: string;
  readonly version: string;
  /** PEM: who trusts it trusts the broker. */
  readonly certificate: string;
  readonly certificateFile: string;
  readonly stop: () => Promise<void>;
};

const DAY_MS = 86_400_000;

/** A broker by Maven with one user. @throws NotAvailable */
export const securedKafka = async (user: {
  readonly username: string;
  readonly password: string;
}): Promise<SecuredKafka> => {
  const jars = await kafkaJars();
  const directory = await mkdtemp(join(tmpdir(), 'skald-kafka-keys-'));
  const [port, now] = [await freePort(), Date.now()];
  const [from, to] = [new Date(now - DAY_MS), new Date(now + DAY_MS)];
  const { certificate, key } = selfSignedCertificate({ address: '127.0.0.1', from, to });
  const [certificateFile, keyStore] = [join(directory, 'ca.pem'), join(directory, 'broker.pem')];
  await writeFile(certificateFile, certificate);
  await writeFile(keyStore, key + certificate);
  const broker = await brokerProcess(jars, {
    settings: settingsOf(port, keyStore),
    format: ['--add-scram', `SCRAM-SHA-512=[name=${user.username},password=${user.password}]`],
  });
  broker.start();
  const stop = async (): Promise<void> => {
    await broker.signalled('SIGKILL');
    await broker.remove();
    await rm(directory, { recursive: true });
  };
  try {
    await answers(`127.0.0.1:${String(broker.port)}`);
  } catch (error) {
    await stop();
    throw new Error(`Kafka did not start: ${broker.output()}`, { cause: error });
  }
  return { brokers: `127.0.0.1:${String(port)}`, version: jars.version, certificate, certificateFile, stop };
};

const settingsOf = (port: number, keyStore: string): Readonly<Record<string, string>> => ({
  listeners: `SASL_SSL://127.0.0.1:${String(port)}`,
  'advertised.listeners': `SASL_SSL://127.0.0.1:${String(port)}`,
  'listener.security.protocol.map': 'PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT,SASL_SSL:SASL_SSL',
  'sasl.enabled.mechanisms': 'SCRAM-SHA-512',
  'listener.name.sasl_ssl.scram-sha-512.sasl.jaas.config':
    'org.apache.kafka.common.security.scram.ScramLoginModule required;',
  'ssl.keystore.type': 'PEM',
  'ssl.keystore.location': keyStore,
});
