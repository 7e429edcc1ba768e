/** An authority, and certificates that it signs, made when a test begins. */
import 'reflect-metadata';
import { execFile } from 'node:child_process';
import { createPrivateKey, webcrypto } from 'node:crypto';
import { promisify } from 'node:util';
import {
  BasicConstraintsExtension,
  SubjectAlternativeNameExtension,
  X509CertificateGenerator,
} from '@peculiar/x509';

export interface IssuedCertificate {
  /** PEM, the certificate alone: the authority signs it itself. */
  certificate: string;
  /** PKCS#8 in PEM. */
  privateKey: string;
}

export interface CertificateOptions {
  commonName: string;
  /** Names of a broker's hosts. */
  hosts?: readonly string[];
  expired?: boolean;
}

export interface Authority {
  /** PEM */
  certificate: string;
  issue(options: CertificateOptions): Promise<IssuedCertificate>;
}

const algorithm = { name: 'RSASSA-PKCS1-v1_5', hash: 'SHA-256' };
const keyAlgorithm = {
  ...algorithm,
  publicExponent: new Uint8Array([1, 0, 1]),
  modulusLength: 2048,
};
const dayMs = 86_400_000;

export async function createAuthority(commonName: string): Promise<Authority> {
  const keys = await newKeys();
  const root = await X509CertificateGenerator.createSelfSigned({
    ...serialAndTimes(false),
    name: `CN=${commonName}`,
    keys,
    signingAlgorithm: algorithm,
    extensions: [new BasicConstraintsExtension(true, 1, true)],
  });
  return {
    certificate: `${root.toString('pem')}\n`,
    async issue({ commonName: name, hosts = [], expired = false }) {
      const own = await newKeys();
      const names = hosts.map((value) => ({ type: 'dns' as const, value }));
      const issued = await X509CertificateGenerator.create({
        ...serialAndTimes(expired),
        subject: `CN=${name}`,
        issuer: root.subject,
        publicKey: own.publicKey,
        signingKey: keys.privateKey,
        signingAlgorithm: algorithm,
        extensions: hosts.length > 0 ? [new SubjectAlternativeNameExtension(names)] : [],
      });
      const pkcs8 = Buffer.from(await webcrypto.subtle.exportKey('pkcs8', own.privateKey));
      const key = createPrivateKey({ key: pkcs8, format: 'der', type: 'pkcs8' });
      const privateKey = key.export({ type: 'pkcs8', format: 'pem' }).toString();
      return { certificate: `${issued.toString('pem')}\n`, privateKey };
    },
  };
}

/** The same key, encrypted. */
export function encryptedKey(privateKey: string, passphrase: string): string {
  const options = { type: 'pkcs8', format: 'pem', cipher: 'aes-256-cbc', passphrase } as const;
  return createPrivateKey(privateKey).export(options).toString();
}

/** A key and a certificate signed by itself, as Java keeps them; returns the certificate in PEM. */
export async function createPkcs12(
  file: string,
  { commonName, password }: { commonName: string; password: string },
): Promise<string> {
  const tool = ['-m', 'java.base/sun.security.tools.keytool.Main'];
  const store = ['-keystore', file, '-storetype', 'PKCS12', '-storepass:env', 'P12_PASSWORD'];
  const keytool = async (...args: string[]) => {
    const env = { ...process.env, P12_PASSWORD: password };
    const { stdout } = await promisify(execFile)('java', [...tool, ...args, ...store], { env });
    return stdout;
  };
  const key = ['-alias', 'client', '-keyalg', 'RSA', '-dname', `CN=${commonName}`];
  await keytool('-genkeypair', ...key);
  return keytool('-exportcert', '-rfc', '-alias', 'client');
}

function newKeys() {
  return webcrypto.subtle.generateKey(keyAlgorithm, true, ['sign', 'verify']);
}

let serial = 0;

function serialAndTimes(expired: boolean) {
  serial += 1;
  const now = Date.now();
  return {
    serialNumber: (4096 + serial).toString(16),
    notBefore: new Date(now - 2 * dayMs),
    notAfter: new Date(expired ? now - dayMs : now + dayMs),
  };
}
