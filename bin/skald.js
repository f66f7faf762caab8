#!/usr/bin/env node
// Skald needs Node 24. Where an older Node starts this file, the one that npm installed beside Skald takes over.
import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { constants } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const OLDEST_NODE = 24;
// What a script starts besides may outlive it.
const RUN_BY_NPM = /^['"]?(node bin\/skald\.js|skald)['"]?( [^&]*)?$/;

const packagedNode = () => {
  const [system, file] = process.platform === 'win32' ? ['win', 'node.exe'] : [process.platform, 'node'];
  try {
    const manifest = createRequire(import.meta.url).resolve(`node-${system}-${process.arch}/package.json`);
    return join(dirname(manifest), 'bin', file);
  } catch {
    return '';
  }
};

const runUnder = (node) => {
  const child = spawn(node, [fileURLToPath(import.meta.url), ...process.argv.slice(2)], { stdio: 'inherit' });
  for (const signal of ['SIGTERM', 'SIGHUP']) process.on(signal, () => child.kill(signal));
  // A terminal sends Ctrl-C to both; a second one would make a server exit at once.
  const isOnTerminal = [process.stdin, process.stdout, process.stderr].some(({ isTTY }) => isTTY);
  process.on('SIGINT', () => isOnTerminal || child.kill('SIGINT'));
  // npm's shell passes no signal on, it ends. Once: a second signal would make a server exit at once.
  const launcher = process.ppid;
  const look = () => {
    if (process.ppid === launcher) return;
    clearInterval(looking);
    child.kill('SIGTERM');
  };
  const looking = RUN_BY_NPM.test(process.env.npm_lifecycle_script)
    ? setInterval(look, 500).unref()
    : undefined;
  child.on('exit', (code, signal) => process.exit(code ?? 128 + constants.signals[signal]));
};

// Node lets FORCE_COLOR win where both are set, and says so.
if (process.env.NO_COLOR) delete process.env.FORCE_COLOR;

if (Number(process.versions.node.split('.')[0]) >= OLDEST_NODE) {
  await import('../src/cli.ts');
} else {
  const node = packagedNode();
  if (existsSync(node)) runUnder(node);
  else {
    console.error(`skald needs Node ${OLDEST_NODE} or newer, this is ${process.version}`);
    process.exitCode = 1;
  }
}
