import { freshDirectory } from '../support/fresh-directory.ts';
import { instancesOnStack } from '../support/instances-on-stack.ts';
import { startSkald } from '../support/skald-server.ts';

instancesOnStack('what is embedded', () =>
  startSkald(freshDirectory(), { RETENTION_DELAY: '1h', SWEEP_MS: '500' }),
);
