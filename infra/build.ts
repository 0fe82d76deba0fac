import { chmod, mkdir, rm, writeFile } from 'node:fs/promises';
import { type BuildOptions, build, type Plugin } from 'esbuild';
import packageJson from '../package.json' with { type: 'json' };

/**
 * `npm run build`: bundles what is deployed into `dist/`, or into the directory of the first argument.
 *
 * `dist/sandbox/pincast-sandbox.mjs` needs only Node. Cloud Run functions are deployed from `dist/functions/`.
 * functions-framework stays outside the bundle, because the functions must register with the copy that serves them.
 */
const shared: BuildOptions = {
  bundle: true,
  platform: 'node',
  target: 'node24',
  format: 'esm',
  minifySyntax: true,
  sourcemap: 'linked',
  legalComments: 'linked',
  logLevel: 'warning',
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

const SANDBOX = 'sandbox/pincast-sandbox.mjs';
const FUNCTIONS = ['fan-out', 'recheck', 'receipt', 'status'];
const FRAMEWORK = '@google-cloud/functions-framework';

const DIST = process.argv[2] ?? 'dist';

await rm(DIST, { recursive: true, force: true });
await Promise.all([buildSandbox(), buildFunctions()]);

async function buildSandbox(): Promise<void> {
  const outfile = `${DIST}/${SANDBOX}`;
  await build({ ...shared, plugins: [lazyHttp], entryPoints: ['functions/sandbox.ts'], outfile });
  await chmod(outfile, 0o755);
}

async function buildFunctions(): Promise<void> {
  const entryPoints = FUNCTIONS.map((name) => `functions/${name}.ts`);
  await mkdir(`${DIST}/functions`, { recursive: true });
  await build({
    ...shared,
    entryPoints,
    outdir: `${DIST}/functions`,
    outExtension: { '.js': '.mjs' },
    external: [FRAMEWORK],
    splitting: true,
    chunkNames: 'chunks/[name]-[hash]',
  });
  await writeFile(`${DIST}/functions/package.json`, `${JSON.stringify(deployedPackage(), null, 2)}\n`);
}

/** The package.json for the functions buildpack: it installs the framework at the tested version. */
function deployedPackage(): object {
  const { name, version, engines, dependencies } = packageJson;
  return {
    name: `${name}-functions`,
    version,
    private: true,
    type: 'module',
    main: 'fan-out.mjs',
    engines,
    dependencies: { [FRAMEWORK]: dependencies[FRAMEWORK] },
  };
}
