/** As Kafka reads PEM: on one line or many, whatever the white space, and with text around it. */
const block = /-----BEGIN ([A-Z0-9 ]+)-----([^-]*)-----END \1-----/g;

/** The blocks of the text as OpenSSL takes them. */
export function normalizePem(text: string): string {
  const blocks = [...text.replaceAll('\\n', '\n').matchAll(block)];
  return blocks.map(([whole, label, body]) => blockOf(label!, body!, whole)).join('');
}

function blockOf(label: string, body: string, whole: string): string {
  if (body.includes(':')) return `${whole}\n`; // Headers of the encryption before PKCS#8.
  const lines = body.replaceAll(/\s+/g, '').replaceAll(/.{1,64}/g, '$&\n');
  return `-----BEGIN ${label}-----\n${lines}-----END ${label}-----\n`;
}
