/** One file for one function: what it needs and nothing that it cannot use. */
import { stat } from 'node:fs/promises';
import { build, type Plugin } from 'esbuild';
import { MirrorlessError } from './errors.ts';

export interface BundleOptions {
  /** The TypeScript file of the function. */
  entry: string;
  /** Ends with `.mjs`: Lambda and Node then take it for a module. */
  outfile: string;
  minify?: boolean;
  /** Writes `<outfile>.map` beside it, for readable stacks. */
  sourcemap?: boolean;
}

/** Bundles a function as it runs in Lambda, for the local host too. Throws INTERNAL. */
export async function bundleFunction(options: BundleOptions): Promise<{ sizeBytes: number }> {
  const { entry, outfile, minify = false, sourcemap = false } = options;
  try {
    await build({
      entryPoints: [entry],
      outfile,
      minify,
      sourcemap,
      bundle: true,
      format: 'esm',
      platform: 'node',
      target: 'node24',
      // The AWS SDK's modules shrink to what is used; its CommonJS files do not.
      mainFields: ['module', 'main'],
      banner: { js: requireForCommonJs },
      plugins: [withoutSideEffects, replacements],
      logLevel: 'silent',
    });
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new MirrorlessError('INTERNAL', `${entry} cannot be bundled: ${reason}`, { cause });
  }
  const { size } = await stat(outfile);
  return { sizeBytes: size };
}

/** Packages in CommonJS ask for Node's modules at run time, which a module cannot do by itself. */
const requireForCommonJs = [
  `import { createRequire as createRequireOfBundle } from 'node:module';`,
  'const require = createRequireOfBundle(import.meta.url);',
].join('\n');

/** Its package.json does not say that a module of it that is not used may be left out; it may. */
const withoutSideEffects: Plugin = {
  name: 'without-side-effects',
  setup({ onResolve, resolve }) {
    onResolve({ filter: /^\.\.?\// }, async ({ path, pluginData, ...from }) => {
      if (pluginData === resolving || !kafkaClient.test(from.resolveDir)) return undefined;
      const resolved = await resolve(path, { ...from, pluginData: resolving });
      return { ...resolved, sideEffects: false };
    });
  },
};

const kafkaClient = /[\\/]node_modules[\\/]@platformatic[\\/]kafka[\\/]/;
const resolving = Symbol('resolved by esbuild itself');

/**
 * Modules that a function loads but never uses, by what stands in for them.
 *
 * ajv (130 kB) compiles the option schemas of the client classes of @platformatic/kafka, which a
 * bare connection shares a file with; nothing here creates such a client.
 *
 * debug would print requests, record bytes included, when a variable of the environment says so.
 *
 * AWS's default credential chain looks for profiles, single sign-on, web identities and instance
 * roles (100 kB). A function's credentials are in its environment, and nowhere else.
 */
const substitutes: Record<string, string> = {
  'ajv/dist/2020.js': `
    export class Ajv2020 {
      addKeyword() {}
      compile() { return () => { throw new Error('schemas are left out of this bundle'); }; }
    }`,
  debug: 'export default () => () => {};',
  '@aws-sdk/credential-provider-node':
    "export { fromEnv as defaultProvider } from '@aws-sdk/credential-provider-env';",
};

const replacements: Plugin = {
  name: 'replacements',
  setup({ onResolve, onLoad }) {
    const filter = new RegExp(`^(${Object.keys(substitutes).join('|')})$`);
    onResolve({ filter }, ({ path, resolveDir }) => {
      return { path, namespace: 'replacement', pluginData: resolveDir };
    });
    onLoad({ filter: /.*/, namespace: 'replacement' }, ({ path, pluginData }) => ({
      contents: substitutes[path] ?? '',
      resolveDir: pluginData,
    }));
  },
};
