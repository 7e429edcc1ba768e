/** Room for what one event encodes to: an event has at most 6 MiB, its batches always less. */
const capacityBytes = 8 * 1024 * 1024;

/**
 * Memory that is written again by every invocation, so that an event of megabytes leaves no garbage
 * of megabytes. One per process: batches encoded into it are valid until `reset`, which begins the
 * next invocation. A request that was given up may still send from it, so an invocation that gave one
 * up leaves its arena behind instead. Pages are resident only once written.
 */
export class Arena {
  /** The memory in use; earlier batches may lie in memory that was in use before. */
  bytes: Buffer = Buffer.allocUnsafeSlow(capacityBytes);
  /** Where the next batch begins. */
  position = 0;

  /** Gives up all batches, and memory that only a huge event needed. */
  reset(): void {
    if (this.bytes.length > capacityBytes) this.abandon();
    this.position = 0;
  }

  /** Leaves the memory to requests that nobody waits for any more, and takes other. */
  abandon(): void {
    this.bytes = Buffer.allocUnsafeSlow(capacityBytes);
    this.position = 0;
  }

  /** Moves the unfinished batch, `usedBytes` long, to memory where it can grow to `neededBytes`. */
  grow(usedBytes: number, neededBytes: number): void {
    const larger = Buffer.allocUnsafeSlow(Math.max(capacityBytes, 2 * neededBytes));
    this.bytes.copy(larger, 0, this.position, this.position + usedBytes);
    this.bytes = larger;
    this.position = 0;
  }
}
