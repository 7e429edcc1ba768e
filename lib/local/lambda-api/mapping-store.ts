import { mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import type { CreateBody } from './shapes.ts';

/** A mapping as the API describes it: times in epoch seconds. */
export interface LocalMapping extends Omit<CreateBody, 'FunctionName' | 'Enabled' | 'Tags'> {
  UUID: string;
  EventSourceMappingArn: string;
  FunctionArn: string;
  Topics: [string];
  State: 'Creating' | 'Enabling' | 'Enabled' | 'Disabling' | 'Disabled' | 'Updating' | 'Deleting';
  StateTransitionReason: string;
  LastModified: number;
}

export interface StoredMapping {
  mapping: LocalMapping;
  tags: Record<string, string>;
  /** What its state is, or is becoming. */
  isEnabled: boolean;
}

/** The mappings in one file, whole at every moment: a kill leaves the old or the new. */
export class MappingStore {
  readonly mappings: Map<string, StoredMapping>;
  readonly #file: string;
  #writing: Promise<void> = Promise.resolve();
  #waiting: Promise<void> | undefined;

  static async open(file: string): Promise<MappingStore> {
    await mkdir(dirname(file), { recursive: true });
    const text = await readFile(file, 'utf8').catch((error: NodeJS.ErrnoException) => {
      if (error.code === 'ENOENT') return '[]';
      throw error;
    });
    return new MappingStore(file, JSON.parse(text));
  }

  private constructor(file: string, stored: readonly StoredMapping[]) {
    this.#file = file;
    this.mappings = new Map(stored.map((one) => [one.mapping.UUID, one]));
  }

  /** Resolves when what `mappings` holds now is in the file; many who wait share one writing. */
  save(): Promise<void> {
    this.#waiting ??= this.#writing
      .catch(() => {}) // The one who waited for it was told.
      .then(() => {
        this.#waiting = undefined;
        this.#writing = this.#write();
        return this.#writing;
      });
    return this.#waiting;
  }

  async #write(): Promise<void> {
    const draft = `${this.#file}.new`;
    await writeFile(draft, JSON.stringify([...this.mappings.values()]), { flush: true });
    await rename(draft, this.#file);
  }
}
