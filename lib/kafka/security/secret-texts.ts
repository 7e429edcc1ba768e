/** The texts behind the names in an `Authentication`: secrets of Secrets Manager, and files. */
import { readFile } from 'node:fs/promises';
import type { LocalText } from '../../config/authentication.ts';
import { Secret } from '../../config/secret.ts';
import { MirrorlessError } from '../../errors.ts';

/** Throws SECRET_UNREADABLE. */
export async function readText(text: LocalText): Promise<string> {
  if (text instanceof Secret) return text.reveal();
  try {
    return (await readFile(text.file)).toString('utf8');
  } catch (cause) {
    throw unreadable(text.file, reasonOf(cause), cause);
  }
}

/** Throws SECRET_UNREADABLE. */
export async function readBytes({ file }: { file: string }): Promise<Buffer> {
  try {
    return await readFile(file);
  } catch (cause) {
    throw unreadable(file, reasonOf(cause), cause);
  }
}

/** The fields of a secret that is JSON. Throws SECRET_UNREADABLE where it is none, or lacks one. */
export async function readStoredSecret<Name extends string>(
  secretArn: string,
  required: readonly Name[],
): Promise<Record<Name, string> & Partial<Record<string, string>>> {
  const text = await fetchSecret(secretArn);
  const fields = fieldsOf(text);
  const missing = required.filter((name) => typeof fields?.[name] !== 'string');
  if (fields !== undefined && missing.length === 0) {
    return fields as Record<Name, string> & Partial<Record<string, string>>;
  }
  const shape = `{${required.map((name) => `"${name}": "…"`).join(', ')}}`;
  const what = fields === undefined ? 'it is not JSON' : `it lacks ${missing.join(', ')}`;
  throw unreadable(secretArn, `${what}; expected ${shape}`);
}

function fieldsOf(text: string): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null ? { ...value } : undefined;
  } catch {
    return undefined; // The parser's own message would show a piece of the secret.
  }
}

async function fetchSecret(secretArn: string): Promise<string> {
  try {
    const { getSecret } = await import('../../aws/get-secret.ts');
    return await getSecret(secretArn);
  } catch (cause) {
    throw unreadable(secretArn, reasonOf(cause), cause);
  }
}

function reasonOf(cause: unknown): string {
  return cause instanceof Error ? `${cause.name}: ${cause.message}` : String(cause);
}

export function unreadable(name: string, reason: string, cause?: unknown): MirrorlessError {
  const what = `${name} cannot be used: ${reason.replace(/\.$/, '')}.`;
  return new MirrorlessError('SECRET_UNREADABLE', what, { cause });
}
