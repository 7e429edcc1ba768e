/** Which modules a file brings in when it runs: its own imports and those of what it imports. */
import { readFile } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';

/** Imports that type stripping erases bring nothing in. */
const runtimeImport =
  /^(?:import|export)\s+(?!type\b)(?:[^'";]*?\sfrom\s+)?'([^']+)'|\bimport\(\s*'([^']+)'\s*\)/gm;

export function importsOf(source: string): string[] {
  return [...source.matchAll(runtimeImport)].map((match) => (match[1] ?? match[2])!);
}

/** Module → the chain of files that brings it in, shortest first. */
export async function reachableModules(file: string): Promise<Map<string, string[]>> {
  const modules = new Map<string, string[]>();
  const seen = new Set([file]);
  const waiting = [{ file, chain: [file] }];
  for (let next = waiting.shift(); next; next = waiting.shift()) {
    for (const imported of importsOf(await readFile(next.file, 'utf8'))) {
      const target = imported.startsWith('.') ? resolve(dirname(next.file), imported) : imported;
      if (imported.startsWith('.') && !target.includes('/node_modules/')) {
        if (seen.has(target)) continue;
        seen.add(target);
        waiting.push({ file: target, chain: [...next.chain, target] });
      } else if (!modules.has(target)) {
        modules.set(target, next.chain);
      }
    }
  }
  return modules;
}
