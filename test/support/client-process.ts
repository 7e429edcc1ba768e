/** A client in a process of its own that can be frozen, as Lambda freezes its environments. */
import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';

export type ClientRequest =
  | { kind: 'produce'; producerId: string; topic: string; from: number; to: number }
  /** Waits on the broker for `maxWaitMs`. */
  | { kind: 'fetch'; topic: string; maxWaitMs: number };

export class ClientProcess {
  readonly #child: ChildProcess;

  constructor(bootstrapServers: string, requestTimeoutMs: number) {
    const file = fileURLToPath(new URL('client-child.ts', import.meta.url));
    this.#child = fork(file, [bootstrapServers, String(requestTimeoutMs)]);
  }

  /** What the child said of the request; a frozen child answers after it was thawed. */
  async ask(request: ClientRequest): Promise<string> {
    const answer = once(this.#child, 'message');
    this.#child.send(request);
    const [text] = await answer;
    return text;
  }

  freeze(): void {
    this.#child.kill('SIGSTOP');
  }

  thaw(): void {
    this.#child.kill('SIGCONT');
  }

  async stop(): Promise<void> {
    this.#child.kill('SIGKILL');
    if (this.#child.exitCode === null && this.#child.signalCode === null) {
      await once(this.#child, 'exit');
    }
  }
}
