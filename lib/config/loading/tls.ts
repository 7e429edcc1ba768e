/** `ssl.*`: whom clients trust, and the certificate that they show. */
import type { LocalText, Tls } from '../authentication.ts';
import type { AwsTerms } from './authentication.ts';
import type { SecurityReader } from './security-reader.ts';

export function readTls(reader: SecurityReader, aws: AwsTerms, hasSasl: boolean): Tls {
  const authority = readAuthority(reader, aws);
  const certificate = readCertificate(reader, hasSasl ? undefined : aws.credentialsSecretArn);
  return {
    ...(authority !== undefined && { authority }),
    ...(certificate !== undefined && { certificate }),
    verifiesHostName: verifiesHostName(reader),
  };
}

function verifiesHostName(reader: SecurityReader): boolean {
  const key = 'ssl.endpoint.identification.algorithm';
  const algorithm = reader.text(key)?.toLowerCase() ?? 'https';
  if (algorithm === '') {
    reader.warn(key, 'anybody with a certificate of a trusted authority can pose as a broker');
  } else if (algorithm !== 'https') {
    reader.problem(key, 'https, or nothing');
  }
  return algorithm !== '';
}

function readAuthority(reader: SecurityReader, aws: AwsTerms): Tls['authority'] {
  const { serverRootCaSecretArn: secretArn, mskClusterArn } = aws;
  if (secretArn !== undefined && mskClusterArn !== undefined) {
    const reason = 'no effect: MSK’s brokers have certificates of a public authority';
    reader.warn('server.root.ca.secret.arn', reason);
  } else if (secretArn !== undefined) {
    reader.overrule(/^ssl\.truststore\./, 'no effect: `server.root.ca.secret.arn` counts');
    return { secretArn };
  }
  const certificates = pemText(reader, 'ssl.truststore', 'certificates', (file) => {
    return `PEM; convert the store: keytool -list -rfc -keystore ${file} > ${file}.pem`;
  });
  return certificates && { certificates };
}

function readCertificate(reader: SecurityReader, secretArn?: string): Tls['certificate'] {
  if (secretArn !== undefined) {
    reader.overrule(/^ssl\.key(store)?\./, 'no effect: `credentials.secret.arn` counts');
    return { secretArn };
  }
  const isPkcs12 =
    reader.has('ssl.keystore.location') && typeOf(reader, 'ssl.keystore') === 'PKCS12';
  if (isPkcs12) return pkcs12(reader);
  const certificateChain = pemText(reader, 'ssl.keystore', 'certificate.chain', (file) => {
    const options = `-srckeystore ${file} -destkeystore ${file}.p12 -deststoretype PKCS12`;
    return `PEM or PKCS12; convert the store: keytool -importkeystore ${options}`;
  });
  if (certificateChain === undefined) return undefined;
  const isFile = 'file' in certificateChain;
  const privateKey = isFile ? certificateChain : reader.secret('ssl.keystore.key');
  if (privateKey === undefined) {
    reader.problem('ssl.keystore.key', 'the private key of the certificate, PKCS#8 in PEM');
    return undefined;
  }
  const password = reader.secret('ssl.key.password');
  return {
    certificateChain,
    privateKey,
    ...(password !== undefined && { privateKeyPassword: password }),
  };
}

function pkcs12(reader: SecurityReader): Tls['certificate'] {
  const password = reader.secret('ssl.keystore.password');
  return {
    pkcs12: { file: reader.text('ssl.keystore.location') ?? '' },
    ...(password !== undefined && { password }),
  };
}

/** Inline, or in a file; Java's own formats are a problem that says how to convert them. */
function pemText(
  reader: SecurityReader,
  store: string,
  inline: string,
  conversion: (file: string) => string,
): LocalText | undefined {
  const [inlineKey, locationKey] = [`${store}.${inline}`, `${store}.location`];
  const type = typeOf(reader, store);
  if (reader.has(inlineKey)) {
    if (type !== 'PEM') reader.problem(`${store}.type`, `PEM, where \`${inlineKey}\` is set`, type);
    return reader.publicText(inlineKey);
  }
  const file = reader.text(locationKey);
  if (file === undefined) return undefined;
  if (type !== 'PEM') reader.problem(`${store}.type`, conversion(file), type);
  return { file };
}

/** Kafka's default is JKS. */
function typeOf(reader: SecurityReader, store: string): string {
  return reader.text(`${store}.type`)?.toUpperCase() ?? 'JKS';
}
