/** What no compiler or linter says of this tree: sizes, purity, the top level, the README's tables. */
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { type TestContext, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { importsOf, reachableModules } from './support/imports.ts';
import { documents, withTables } from './support/readme-tables.ts';

const project = fileURLToPath(new URL('..', import.meta.url));
const run = promisify(execFile);

const maxFileLines = 300;
const maxFunctionLines = 70;

/** Of the tests, the function around a suite of tests is as long as its tests are many. */
const sizeRules = {
  root: true,
  linter: {
    rules: {
      preset: 'none',
      complexity: {
        noExcessiveLinesPerFunction: { level: 'error', options: { maxLines: maxFunctionLines } },
      },
      style: {
        noExcessiveLinesPerFile: { level: 'error', options: { maxLines: maxFileLines } },
      },
    },
  },
  overrides: [
    {
      includes: ['**/*.test.ts'],
      linter: { rules: { complexity: { noExcessiveLinesPerFunction: 'off' } } },
    },
  ],
};

/** What these compute depends on nothing but their arguments. */
const pure = {
  files: [
    /^lib\/(config|policy|provenance|source|target)\//,
    /^lib\/checkpoint\/(final-plan|group-sync-plan|partitions|positions|recent|report|tell)\.ts$/,
    /^lib\/discovery\/(copied-configs|detect|detected-states|plan-(acls|configs|topics))\.ts$/,
    /^lib\/(error-codes|errors)\.ts$/,
    /^lib\/mm2\/connect-offsets\.ts$/,
    /^lib\/offset-syncs\/plan\.ts$/,
    /^lib\/preflight\/(check|judge-cluster|judge-reach|limits|narrowed|permissions|replicas|topics)\.ts$/,
    /^lib\/restart\/plan\.ts$/,
    /^lib\/state\/(items|offset-map|packed|ports|requests|sampled-syncs|steps|topic-items)\.ts$/,
    /^lib\/takeover\/(export-plan|import-plan|sync-history)\.ts$/,
    /^lib\/telemetry\/(alarms|dashboard|metrics|monitored|source-heartbeats)\.ts$/,
  ],
  mayBringIn: ['@platformatic/wasm-utils/bundled', 'node:crypto', 'node:zlib', 'yaml', 'zod'],
  /** Waits a little, and not always as long, before it asks the target again. */
  mayUseChance: ['lib/target/settle.ts'],
};

test('no file has more than 300 lines and no function more than 70', async (t) => {
  const problems = await lintSizes(t, ['lib', 'functions', 'bin', 'test']);
  const others = (await treeFiles()).filter((file) => /\.(py|java|md|yaml)$/.test(file));
  for (const file of others) {
    const text = await readFile(join(project, file), 'utf8');
    // What is made from a registry has the registry's length.
    const { length } = text.replaceAll(/<!-- begin:.*?<!-- end:/gs, '').split('\n');
    if (length > maxFileLines) problems.push(`${file}: ${length} lines`);
  }
  assert.deepEqual(problems, []);
});

test('a function of 71 lines and a file of 301 are found', async (t) => {
  const directory = await temporaryDirectory(t);
  const statements = (count: number) => 'globalThis.done();\n'.repeat(count);
  await writeFile(join(directory, 'fits.js'), `function fits() {\n${statements(70)}}\nfits();\n`);
  await writeFile(join(directory, 'long.js'), `function long() {\n${statements(71)}}\nlong();\n`);
  await writeFile(join(directory, 'large.js'), statements(301));

  const problems = await lintSizes(t, [directory]);

  assert.equal(problems.length, 2, problems.join('\n'));
  assert.match(problems.join('\n'), /large\.js.*\(301\)[\s\S]*long\.js.*\(71\)/);
});

test('the pure files bring in nothing that reads, writes, waits or calls', async () => {
  const files = (await treeFiles()).filter((file) => pure.files.some((part) => part.test(file)));
  assert.ok(files.length > 30, `only ${files.length} files are checked`);
  const problems: string[] = [];
  for (const file of files) {
    for (const [module, chain] of await reachableModules(join(project, file))) {
      if (pure.mayBringIn.includes(module)) continue;
      const way = chain.map((step) => relative(project, step)).join(' → ');
      problems.push(`${way} → ${module}`);
    }
    const source = await readFile(join(project, file), 'utf8');
    const chance = /\b(Date\.now|new Date\(\)|Math\.random|performance\.now|process\.|setTimeout)/;
    if (chance.test(source) && !pure.mayUseChance.includes(file)) {
      problems.push(`${file}: ${chance.exec(source)?.[0]}`);
    }
  }
  assert.deepEqual(problems, []);
});

test('imports are seen in each of their forms, and types bring in nothing', () => {
  const source = [
    "import a from 'one';",
    "import {\n  type B,\n  b,\n} from 'two';",
    "import 'three';",
    "export * from 'four';",
    "const five = await import('five');",
    "import type { C } from 'six';",
    "export type { D } from 'seven';",
    "// import e from 'eight';",
  ].join('\n');
  assert.deepEqual(importsOf(source), ['one', 'two', 'three', 'four', 'five']);
});

test('the top level holds what it should and nothing else', async () => {
  const allowed = new Set([
    ...['package.json', 'package-lock.json', 'tsconfig.json', 'cdk.json', 'README.md', 'LICENSE'],
    ...['bin', 'docs', 'examples', 'functions', 'lib', 'test'],
  ]);
  const present = new Set((await treeFiles()).map((file) => file.split('/')[0]!));
  const strangers = [...present].filter((name) => !name.startsWith('.') && !allowed.has(name));
  assert.deepEqual(strangers, []);
});

test('nothing is left to do, and nothing names the machine it was written on', async () => {
  const banned = [
    /\b(TODO|FIXME|XXX)\b/,
    /\.only\(|\bonly: true/,
    /(^|[^\w.])\/(work|root|tmp|home|Users)\//,
    /\bregistry\.[\w-]+\.\w+|\bpypi\.org|\bpythonhosted|\brepo1?\.maven/,
  ];
  const self = relative(project, fileURLToPath(import.meta.url));
  const problems: string[] = [];
  for (const file of await treeFiles()) {
    if (file === self || file === 'LICENSE') continue;
    const lines = (await readFile(join(project, file), 'utf8')).split('\n');
    for (const [index, line] of lines.entries()) {
      const found = banned.find((pattern) => pattern.test(line));
      if (found) problems.push(`${file}:${index + 1}: ${found.exec(line)?.[0]}`);
    }
  }
  assert.deepEqual(problems, []);
});

test('the lock file carries no registry addresses', async () => {
  for (const [path, { resolved }] of Object.entries(await lockedPackages())) {
    assert.equal(resolved, undefined, path);
  }
});

test('the lock file is whole: `npm ci` refuses one that lacks another platform’s package', async () => {
  const packages = await lockedPackages();
  const missing = Object.entries(packages).flatMap(([path, { optionalDependencies = {} }]) =>
    Object.keys(optionalDependencies).filter((name) => !placesOf(path, name).some(isLocked)),
  );
  assert.deepEqual(missing, []);

  function isLocked(place: string): boolean {
    return packages[place] !== undefined;
  }
});

/** Where npm may put what a package needs: in its own folder, or in that of one around it. */
function placesOf(path: string, name: string): string[] {
  const place = `${path === '' ? '' : `${path}/`}node_modules/${name}`;
  const outer = path.slice(0, Math.max(0, path.lastIndexOf('node_modules/') - 1));
  return path === '' ? [place] : [place, ...placesOf(outer, name)];
}

test('the tables of the documents are those of the registries', async () => {
  const remedy = 'run: node bin/launch.mjs test/support/readme-tables.ts --write';
  for (const [path, tables] of Object.entries(documents)) {
    const document = await readFile(join(project, path), 'utf8');
    assert.ok(document === withTables(document, tables), `${path}: ${remedy}`);
  }
});

/** Tracked files, and those that would be with the next commit; none that is ignored. */
async function treeFiles(): Promise<string[]> {
  const args = ['ls-files', '--cached', '--others', '--exclude-standard', '-z'];
  const { stdout } = await run('git', args, { cwd: project });
  const present = new Set(await readdir(project, { recursive: true }));
  return stdout.split('\0').filter((file) => present.has(file));
}

interface LockedPackage {
  resolved?: string;
  optionalDependencies?: Record<string, string>;
}

async function lockedPackages(): Promise<Record<string, LockedPackage>> {
  const { packages } = JSON.parse(await readFile(join(project, 'package-lock.json'), 'utf8'));
  assert.ok(Object.keys(packages).length > 20);
  return packages;
}

async function lintSizes(t: TestContext, paths: string[]): Promise<string[]> {
  const config = join(await temporaryDirectory(t), 'biome.json');
  await writeFile(config, JSON.stringify(sizeRules));
  const biome = join(project, 'node_modules/@biomejs/biome/bin/biome');
  const args = [biome, 'lint', `--config-path=${config}`, '--reporter=github', ...paths];
  const result = await run(process.execPath, args, { cwd: project }).catch((error) => error);
  assert.ok(typeof result.stdout === 'string', String(result));
  const problem = /^::error .*?file=([^,]*),line=(\d+).*?::(.*)$/gm;
  const problems = [...result.stdout.matchAll(problem)].map(
    ([, file, line, message]) => `${relative(project, file!)}:${line}: ${message}`,
  );
  assert.equal(problems.length === 0, result.code === undefined, result.stderr);
  return problems.sort();
}

async function temporaryDirectory(t: TestContext): Promise<string> {
  const directory = await mkdtemp(join(tmpdir(), 'mirrorless-tidy-'));
  t.after(() => rm(directory, { recursive: true, force: true }));
  return directory;
}
