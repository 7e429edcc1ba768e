/** A TCP proxy before a broker, to see and to break its connections. */
import { EventEmitter, once } from 'node:events';
import { connect, createServer, type Server, type Socket } from 'node:net';

interface Events {
  /** The client has sent something; it has been passed on unless the proxy holds. */
  request: [];
  /** The broker has sent something, and it was passed on. */
  answer: [];
  /** A connection has ended on both sides. */
  closed: [];
}

export class TcpProxy {
  readonly port: number;
  /** How many connections have been made so far. */
  connectionCount = 0;
  readonly events = new EventEmitter<Events>();
  readonly #server: Server;
  readonly #links = new Set<{ client: Socket; broker: Socket }>();
  #brokerPort = 0;
  #holding = false;

  private constructor(server: Server, port: number) {
    this.#server = server;
    this.port = port;
    server.on('connection', (client) => this.#link(client));
  }

  static async start(): Promise<TcpProxy> {
    const server = createServer();
    await once(server.listen(0, '127.0.0.1'), 'listening');
    const address = server.address();
    if (typeof address !== 'object' || !address) throw new Error('the proxy has no port');
    return new TcpProxy(server, address.port);
  }

  get openCount(): number {
    return this.#links.size;
  }

  forwardTo(brokerPort: number): void {
    this.#brokerPort = brokerPort;
  }

  /** Swallows what clients send from now on, as a network that has lost the path. */
  hold(): void {
    this.#holding = true;
  }

  /** Passes on what comes on new connections; what was swallowed stays lost. */
  release(): void {
    this.#holding = false;
  }

  /** Ends all connections to clients, as a broker that shuts down. */
  hangUp(): void {
    for (const { client } of this.#links) client.end();
  }

  /** Breaks all connections, as a reset. */
  cut(): void {
    for (const { client, broker } of this.#links) {
      client.resetAndDestroy();
      broker.destroy();
    }
  }

  async close(): Promise<void> {
    this.cut();
    this.#server.close();
    await once(this.#server, 'close');
  }

  #link(client: Socket): void {
    this.connectionCount += 1;
    const broker = connect(this.#brokerPort, '127.0.0.1');
    const link = { client, broker };
    this.#links.add(link);
    for (const [from, to] of [
      [client, broker],
      [broker, client],
    ] as const) {
      from.on('error', () => to.destroy());
      from.on('close', () => {
        to.destroySoon();
        if (this.#links.delete(link)) this.events.emit('closed');
      });
    }
    client.on('data', (bytes) => {
      if (!this.#holding) broker.write(bytes);
      this.events.emit('request');
    });
    client.on('end', () => broker.end());
    broker.on('data', (bytes) => client.write(bytes, () => this.events.emit('answer')));
    broker.on('end', () => client.end());
  }
}
