import { execFileSync } from 'node:child_process'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { temporaryDirectory } from '../support/temporary-directory.ts'

export interface Certificates {
  readonly directory: string
  /** Paths of PEM files. */
  readonly ca: string
  readonly certificate: string
  readonly key: string
  /** A client certificate signed by the CA. */
  readonly clientCertificate: string
  readonly clientKey: string
  read(path: string): string
}

/** A private CA, a certificate for the names, and a client certificate, created by openssl. */
export function makeCertificates(names = ['IP:127.0.0.1', 'DNS:localhost']): Certificates {
  const directory = temporaryDirectory('tls')
  const path = (name: string) => join(directory, name)
  const openssl = (...parameters: string[]) =>
    execFileSync('openssl', parameters, { stdio: ['ignore', 'ignore', 'pipe'] })
  const newKey = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-subj']
  openssl('req', '-x509', ...newKey, '/CN=test ca', '-keyout', path('ca.key'), '-out', path('ca.crt'), '-days', '2')
  for (const name of ['server', 'client']) {
    writeFileSync(path(`${name}.ext`), `subjectAltName=${names.join(',')}\n`)
    openssl('req', ...newKey, `/CN=${name}`, '-keyout', path(`${name}.key`), '-out', path(`${name}.csr`))
    openssl(
      'x509',
      '-req',
      '-in',
      path(`${name}.csr`),
      '-CA',
      path('ca.crt'),
      '-CAkey',
      path('ca.key'),
      '-CAcreateserial',
      '-out',
      path(`${name}.crt`),
      '-days',
      '2',
      '-extfile',
      path(`${name}.ext`),
    )
  }
  return {
    directory,
    ca: path('ca.crt'),
    certificate: path('server.crt'),
    key: path('server.key'),
    clientCertificate: path('client.crt'),
    clientKey: path('client.key'),
    read: (file) => readFileSync(file, 'utf8'),
  }
}
