// Makes sdk/src/generated anew from a server of this repository, which it starts for that, or from a running one:
//   npm run sdk:generate [-- <address>]
import { spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { DIRECTORY, generate } from './generate.ts';

const MAIN = fileURLToPath(new URL('../../src/main.ts', import.meta.url));

const withServer = async <Result>(use: (address: string) => Promise<Result>): Promise<Result> => {
  const dataDir = mkdtempSync(join(tmpdir(), 'skald-sdk-'));
  const server = spawn(process.execPath, [MAIN], {
    env: { HOST: '127.0.0.1', PORT: '0', AUTH: 'off', LOG_LEVEL: 'warn', DATA_DIR: dataDir },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  try {
    for await (const line of createInterface({ input: server.stdout })) {
      const address = /serving on (http:\S+)/.exec(line)?.[1];
      if (address !== undefined) return await use(address);
    }
    throw new Error('the server did not start');
  } finally {
    server.kill('SIGKILL');
    rmSync(dataDir, { recursive: true, force: true });
  }
};

const described = async (address: string): Promise<unknown> =>
  (await fetch(`${address}/openapi.json`)).json();

const [address] = process.argv.slice(2);
const openApi = address === undefined ? await withServer(described) : await described(address);
const files = await generate(openApi);
rmSync(DIRECTORY, { recursive: true, force: true });
mkdirSync(DIRECTORY, { recursive: true });
for (const [name, text] of files) writeFileSync(join(DIRECTORY, name), text);
console.log(`${files.size} files made in ${DIRECTORY}`);
