/** Everything that tests brought forth, to be searched for the secrets that they used. */
import assert from 'node:assert/strict';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { inspect } from 'node:util';
import { type DynamoDBClient, paginateScan } from '@aws-sdk/client-dynamodb';

export class Evidence {
  readonly #found = new Map<string, string[]>();

  /** `kind` is what it is: `printed`, `arguments`, `logs`. */
  add(kind: string, text: string): void {
    const texts = this.#found.get(kind) ?? [];
    this.#found.set(kind, texts);
    texts.push(text);
  }

  /** With all causes, and what a logger would see of it. */
  addError(error: unknown): void {
    this.add('errors', inspect(error, { depth: Number.POSITIVE_INFINITY, showHidden: true }));
  }

  /** Names and contents. */
  async addFiles(directory: string): Promise<void> {
    const entries = await readdir(directory, { recursive: true, withFileTypes: true });
    for (const entry of entries.filter((one) => one.isFile())) {
      const file = join(entry.parentPath, entry.name);
      this.add('files', `${file}\n${await readFile(file, 'latin1')}`);
    }
  }

  async addTable(client: DynamoDBClient, TableName: string): Promise<void> {
    for await (const { Items = [] } of paginateScan({ client }, { TableName })) {
      for (const item of Items) {
        const bytes = (value: unknown) =>
          value instanceof Uint8Array ? Buffer.from(value).toString('latin1') : value;
        this.add(
          'tables',
          JSON.stringify(item, (_, value) => bytes(value)),
        );
      }
    }
  }

  /** Everything of a kind, to be sure that the search had something to look at. */
  of(kind: string): string {
    return (this.#found.get(kind) ?? []).join('\n');
  }

  /** Fails with the kind and the name of what was seen, never with the secret itself. */
  assertWithout(secrets: Readonly<Record<string, string>>): void {
    const seen = [...this.#found].flatMap(([kind, texts]) => {
      return Object.entries(secrets).flatMap(([name, secret]) => {
        const forms = formsOf(secret);
        return texts.some((text) => forms.some((form) => text.includes(form)))
          ? [`${name} in ${kind}`]
          : [];
      });
    });
    assert.deepEqual(seen, []);
  }
}

/** The last test of a file: there is evidence of each kind, and none of the secrets in any. */
export function testNoSecretIsSeen(
  evidence: Evidence,
  kinds: readonly string[],
  secrets: () => Readonly<Record<string, string>>,
): void {
  test(`no secret is seen: ${kinds.join(', ')}`, () => {
    for (const kind of kinds) assert.notEqual(evidence.of(kind), '', `nothing of ${kind}`);
    evidence.assertWithout(secrets());
  });
}

/** As it is, in hexadecimal, and in base64 wherever in a longer text it begins. */
function formsOf(secret: string): string[] {
  const bytes = Buffer.from(secret);
  const inBase64 = [0, 1, 2].flatMap((before) => {
    const padded = Buffer.concat([Buffer.alloc(before), bytes]);
    return (['base64', 'base64url'] as const).map((encoding) => {
      const encoded = padded.toString(encoding).replace(/=+$/, '');
      // The first characters depend on what stands before, the last one on what follows.
      return encoded.slice(before === 0 ? 0 : before + 1, -1);
    });
  });
  return [secret, bytes.toString('hex'), ...inBase64];
}
