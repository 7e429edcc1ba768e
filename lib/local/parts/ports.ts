/** Free loopback ports for parts that must come back on the same port after a kill. */
import { createServer } from 'node:net';

/**
 * Below the range from which systems take ports for outgoing connections, so that nobody is given
 * a broker's port while the broker is down.
 */
const lowest = 15_000;
const highest = 32_000;

const given = new Set<number>();

export async function freePort(): Promise<number> {
  for (;;) {
    const port = lowest + Math.floor(Math.random() * (highest - lowest));
    if (given.has(port)) continue;
    given.add(port);
    if (await canListen(port)) return port;
  }
}

function canListen(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', () => resolve(false));
    server.listen(port, '127.0.0.1', () => server.close(() => resolve(true)));
  });
}
