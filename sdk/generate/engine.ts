// Makes dist/simulate/engine.js: the simulator with the engine in it, one file. What the package has of its own stays
// outside, so that there is one of each class. `npm run build` calls it, after the compiler.
import { build } from 'esbuild';
import type { Plugin } from 'esbuild';
import { relative, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

const at = (path: string): string => fileURLToPath(new URL(`../${path}`, import.meta.url));
const SOURCE = at('src');
const OUT = at('dist/simulate');

const ownFilesStayOutside: Plugin = {
  name: 'own-files-stay-outside',
  setup: (building) => {
    building.onResolve({ filter: /^\.\.?\// }, ({ path, resolveDir }) => {
      const inSource = relative(SOURCE, resolve(resolveDir, path)).replaceAll('\\', '/');
      if (inSource.startsWith('..')) return undefined;
      const compiled = relative(OUT, at(`dist/${inSource}`)).replaceAll('\\', '/');
      const own = compiled.startsWith('.') ? compiled : `./${compiled}`;
      return { path: own.replace(/\.ts$/, '.js'), external: true };
    });
  },
};

await build({
  entryPoints: [at('simulator/simulate.ts')],
  outfile: `${OUT}/engine.js`,
  bundle: true,
  minifySyntax: true,
  minifyWhitespace: true,
  platform: 'node',
  target: 'node20',
  format: 'esm',
  legalComments: 'inline',
  plugins: [ownFilesStayOutside],
});
