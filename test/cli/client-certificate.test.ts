import { copyFileSync, mkdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { beforeAll, expect, test } from 'vitest'
import { type Certificates, makeCertificates } from '../registry/certificates.ts'
import { rawTar } from '../support/raw-tar.ts'
import { type RunningRegistry, startRegistry } from '../support/start-registry.ts'
import { temporaryDirectory } from '../support/temporary-directory.ts'
import { runInProcess } from './support/run-in-process.ts'

/** A registry that requires a client certificate of its CA: certs.d in the home directory has one. */
const root = temporaryDirectory('cli')
const run = (line: string, stdin?: Uint8Array) =>
  runInProcess(line.split(' '), { root, env: { DOCKER_CONFIG: join(root, 'docker') }, ...(stdin && { stdin }) })
let certificates: Certificates
let registry: RunningRegistry
let folder: string

beforeAll(async () => {
  certificates = makeCertificates()
  const { certificate, key, ca } = certificates
  registry = await startRegistry({ tls: { certificate, key, clientCa: ca } })
  folder = join(root, '.config/containers/certs.d', registry.host)
  mkdirSync(folder, { recursive: true })
  copyFileSync(ca, join(folder, 'ca.crt'))
  await run(`import - ${registry.host}/team/app:1`, rawTar([{ name: 'file', data: 'content' }]))
})
test('without the certificate a push reports what the registry requires, and where to put it', async () => {
  const { code, stderr } = await run(`push ${registry.host}/team/app:1`)
  expect(code).toBe(77)
  expect(stderr).toContain('it requires a client certificate')
  expect(stderr).toContain(`Put client.cert and client.key into /etc/docker/certs.d/${registry.host}/`)
})

test('with client.cert and client.key, push, pull, tags and copy work', async () => {
  copyFileSync(certificates.clientCertificate, join(folder, 'client.cert'))
  copyFileSync(certificates.clientKey, join(folder, 'client.key'))
  expect(await run(`push ${registry.host}/team/app:1`)).toMatchObject({ code: 0 })
  await run(`rmi ${registry.host}/team/app:1`)
  expect(await run(`pull ${registry.host}/team/app:1`)).toMatchObject({ code: 0 })
  expect(await run(`tags ${registry.host}/team/app`)).toMatchObject({ code: 0, stdout: '1\n' })
  expect(await run(`copy docker://${registry.host}/team/app:1 oci:layout`)).toMatchObject({ code: 0 })
})

test('a certificate of another CA is reported as such', async () => {
  const other = makeCertificates()
  try {
    copyFileSync(other.clientCertificate, join(folder, 'client.cert'))
    copyFileSync(other.clientKey, join(folder, 'client.key'))
    const { code, stderr } = await run(`tags ${registry.host}/team/app`)
    expect([code, stderr]).toEqual([77, expect.stringContaining('it requires a client certificate that it trusts')])
  } finally {
    rmSync(join(folder, 'client.cert'))
  }
})
