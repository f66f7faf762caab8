import { execFileSync } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const SCRIPT = fileURLToPath(new URL('../../deploy/make-keys.sh', import.meta.url));

/** Keys and tokens as the service `keys` of docker-compose.yml makes them, on this test's Node. */
export const makeKeys = (directory: string) => {
  const [servers, signing] = [join(directory, 'servers'), join(directory, 'private')];
  for (const path of [servers, signing]) mkdirSync(path, { recursive: true });
  execFileSync('sh', [SCRIPT, servers, signing], {
    env: { PATH: `${dirname(process.execPath)}:${process.env['PATH'] ?? ''}` },
  });
  return { servers, signing };
};
