/** The first PEM block of a text: its label and bytes. */
export function parsePem(text: string): { readonly label: string; readonly bytes: Buffer } | undefined {
  const [, label, body] = /-----BEGIN ([A-Z0-9 ]+)-----\s([A-Za-z0-9+/=\s]*)-----END \1-----/.exec(text) ?? []
  return label === undefined || body === undefined ? undefined : { label, bytes: Buffer.from(body, 'base64') }
}

export function formatPem(label: string, bytes: Buffer): string {
  const lines = bytes.toString('base64').match(/.{1,64}/g) ?? []
  return `-----BEGIN ${label}-----\n${lines.join('\n')}\n-----END ${label}-----\n`
}
