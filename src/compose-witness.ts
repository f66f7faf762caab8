import type { FastifyBaseLogger } from 'fastify';
import { publishCheckpoints } from './commands/witness/publish-checkpoints.ts';
import { runWitness } from './commands/witness/run-witness.ts';
import { takeCheckpoint } from './commands/witness/take-checkpoint.ts';
import { createExecutor } from './commands/execute.ts';
import type { Duty } from './compose-duties.ts';
import type { Ports } from './compose-stores.ts';
import type { Config } from './config.ts';
import { witnessAggregate } from './domain/witness/aggregate.ts';
import { bySetting } from './infra/process/by-setting.ts';
import { checkpointFiles } from './infra/witness/checkpoint-files.ts';
import { signingKey } from './infra/witness/signing-key.ts';

/** Signed checkpoints: on demand, on schedule, and published as files. @throws SigningKeyInvalid */
export const witnessOf = (ports: Ports, config: Config, logger: FastifyBaseLogger) => {
  const { SIGNING_KEY_FILE: file, CHECKPOINT_DIR: directory, CHECKPOINT_EVERY_MS: everyMs } = config;
  const signer = file === undefined ? undefined : signingKey({ file, dataDir: config.DATA_DIR });
  const deps = { ...ports, witness: createExecutor(ports, witnessAggregate) };
  const single = { role: 'sweeper', isSingle: true } as const;
  const duties: Duty[] = [];
  if (signer !== undefined)
    duties.push({
      ...single,
      name: 'witness',
      run: (signal) =>
        runWitness(
          {
            ...{ ...deps, signer, everyMs },
            onSigned: ({ number, events }) => logger.info({ number, events }, 'a checkpoint is signed'),
          },
          signal,
        ),
    });
  if (directory !== undefined) {
    const outlet = { name: 'files', publish: bySetting('CHECKPOINT_DIR', () => checkpointFiles(directory)) };
    duties.push({
      ...single,
      name: 'checkpoint-files',
      run: (signal) => publishCheckpoints({ ...ports, outlet }, signal),
    });
  }
  return { takeCheckpoint: takeCheckpoint({ ...deps, signer }), duties };
};
