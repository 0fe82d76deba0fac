import { createHash } from 'node:crypto';
import { chmodSync, readFileSync } from 'node:fs';
import { basename } from 'node:path';
import { type BuildOptions, build, type Plugin } from 'esbuild';

/** A bundle, and the files that esbuild put into it, as paths from the repository's root. */
export type Bundle = { name: string; path: string; sha256: string; inputs: readonly string[] };

export const FRAMEWORK = '@google-cloud/functions-framework';

const shared: BuildOptions = {
  bundle: true,
  platform: 'node',
  target: 'node24',
  format: 'esm',
  minifySyntax: true,
  // A third less to parse. Names stay, because errors and stack traces show them.
  minifyWhitespace: true,
  // In the bundle itself: licences require that their notices go where the code goes.
  legalComments: 'eof',
  logLevel: 'warning',
  metafile: true,
  // Bundled CommonJS packages use these.
  banner: {
    js: [
      "import { createRequire as __createRequire } from 'node:module';",
      'const require = __createRequire(import.meta.url);',
      'const __filename = import.meta.filename;',
      'const __dirname = import.meta.dirname;',
    ].join('\n'),
  },
};

/**
 * `node:http` and `node:https` are loaded when the module that imports them runs. esbuild hoists imports of built-in modules to
 * the start of the one file, where these two take 60 ms, and downloads do without them.
 */
const lazyHttp: Plugin = {
  name: 'lazy-http',
  setup({ onResolve, onLoad }) {
    onResolve({ filter: /^(node:)?https?$/ }, ({ path }) => ({ path, namespace: 'lazy' }));
    onLoad({ filter: /./, namespace: 'lazy' }, ({ path }) => ({
      contents: `module.exports = process.getBuiltinModule(${JSON.stringify(path)});`,
    }));
  },
};

export async function bundleSandbox(outfile: string): Promise<Bundle> {
  const bundle = await bundleEntry('sandbox', outfile, { plugins: [lazyHttp] });
  chmodSync(outfile, 0o755);
  return { ...bundle, name: 'pincast-sandbox' };
}

export function bundleFunction(name: string, outfile: string): Promise<Bundle> {
  return bundleEntry(name, outfile, { external: [FRAMEWORK] });
}

async function bundleEntry(name: string, outfile: string, options: BuildOptions): Promise<Bundle> {
  const { metafile } = await build({ ...shared, ...options, entryPoints: [`functions/${name}.ts`], outfile });
  const outputs = Object.entries(metafile?.outputs ?? {});
  const [output] = outputs;
  if (output === undefined || outputs.length !== 1)
    throw new Error(`expected one bundle of ${name}, got ${outputs.length}`);
  // An input of which nothing was kept is no part of the bundle.
  const inputs = Object.entries(output[1].inputs).filter(([, { bytesInOutput }]) => bytesInOutput > 0);
  const sha256 = createHash('sha256').update(readFileSync(outfile)).digest('hex');
  return { name, path: basename(outfile), sha256, inputs: inputs.map(([path]) => path) };
}
