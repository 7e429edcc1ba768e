/** Users of SCRAM as an administrator sets them: the broker keeps no password. */
import { pbkdf2Sync, randomBytes } from 'node:crypto';
import { Connections } from '../../../lib/kafka/network/connections.ts';
import type { Api } from '../../../lib/kafka/protocol/wire.ts';
import {
  createRequest,
  parseResponse,
} from '../../../node_modules/@platformatic/kafka/dist/apis/admin/alter-user-scram-credentials-v0.js';

const hashes = [
  { mechanism: 1, digest: 'sha256', bytes: 32 },
  { mechanism: 2, digest: 'sha512', bytes: 64 },
] as const;
const iterations = 4096;

interface Credentials {
  name: string;
  password: string;
}

/** Sets the password of a user for both hashes. */
export async function setScramPassword(
  bootstrapServers: string,
  credentials: Credentials,
): Promise<void> {
  const cluster = { alias: 'secured', bootstrapServers: bootstrapServers.split(',') };
  const connections = new Connections({ cluster, side: 'target', requestTimeoutMs: 10_000 });
  try {
    // A request may name a user once.
    for (const hash of hashes) {
      await connections.askAny(alterUserScramCredentials, { ...credentials, ...hash });
    }
  } finally {
    await connections.close();
  }
}

const alterUserScramCredentials: Api<Credentials & (typeof hashes)[number], unknown> = {
  name: 'AlterUserScramCredentials',
  key: 51,
  version: 0,
  write(writer, { name, password, mechanism, digest, bytes }) {
    const salt = randomBytes(16);
    const saltedPassword = pbkdf2Sync(password, salt, iterations, bytes, digest);
    writer.appendFrom(createRequest([], [{ name, mechanism, iterations, salt, saltedPassword }]));
  },
  /** Throws where the broker refuses. */
  read: (reader) => parseResponse(0, 51, 0, reader),
};
