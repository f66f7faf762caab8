import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { kafkaJars } from './maven-jars.ts';

const run = promisify(execFile);

export type JavaCodec = 'gzip' | 'snappy' | 'lz4' | 'zstd';

/** Publishes lines with Kafka's own client, which packs batches as most of the world does. @throws NotAvailable */
export const produceByJava = async (
  brokers: string,
  topic: string,
  codec: JavaCodec,
  lines: readonly string[],
): Promise<void> => {
  const { directory } = await kafkaJars();
  const main = ['-Xmx256m', '-cp', join(directory, '*'), 'kafka.tools.ConsoleProducer'];
  const options = ['--bootstrap-server', brokers, '--topic', topic, '--compression-codec', codec];
  const properties = ['--producer-property', 'linger.ms=200', '--producer-property', 'batch.size=500000'];
  const producing = run('java', [...main, ...options, ...properties]);
  producing.child.stdin?.end(`${lines.join('\n')}\n`);
  await producing;
};
