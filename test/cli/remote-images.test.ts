import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { beforeAll, expect, test } from 'vitest'
import { parseReference } from '../../image-spec/index.ts'
import { anonymousClient } from '../registry/blob-samples.ts'
import { rawTar } from '../support/raw-tar.ts'
import { type RunningRegistry, startRegistry } from '../support/start-registry.ts'
import { temporaryDirectory } from '../support/temporary-directory.ts'
import { runInProcess } from './support/run-in-process.ts'

const root = temporaryDirectory('cli')
const run = (line: string, stdin?: Uint8Array) =>
  runInProcess(line.split(' '), { root, env: { DOCKER_CONFIG: join(root, 'docker') }, ...(stdin && { stdin }) })
let registry: RunningRegistry
let name: string
let digest: string

beforeAll(async () => {
  registry = await startRegistry()
  name = `${registry.host}/team/app`
  await run('import -m made - local/app', rawTar([{ name: 'file', data: 'content' }]))
  const { stdout } = await run(`push --destination ${name}:1 --destination ${name}:2 local/app`)
  digest = /sha256:\S+/.exec(stdout)?.[0] ?? ''
})
test('tags lists the tags of a repository', async () => {
  expect((await run(`tags ${name}`)).stdout.split('\n').toSorted()).toEqual(['', '1', '2'])
  expect(JSON.parse((await run(`tags --format json ${name}`)).stdout)).toMatchObject({ Repository: name })
  expect(await run(`tags ${name}:1`)).toMatchObject({ code: 2 })
  expect(await run(`tags ${registry.host}/team/none`)).toMatchObject({ code: 1 })
})

test('image inspect --remote shows manifest and config, and pulls nothing', async () => {
  const { code, stdout } = await run(`image inspect --remote ${name}:1`)
  const [document] = JSON.parse(stdout)
  expect(code).toBe(0)
  expect(document).toMatchObject({
    Name: `${name}:1`,
    Digest: digest,
    ManifestDigest: digest,
    Manifest: { layers: [{ mediaType: 'application/vnd.oci.image.layer.v1.tar+gzip' }] },
    Config: { os: 'linux', rootfs: { type: 'layers' } },
  })
  expect(document.Size).toBe(document.Manifest.layers[0].size)
  expect((await run(`image inspect --remote -f {{.Digest}} ${name}:2`)).stdout).toBe(`${digest}\n`)
  expect(await run(`image inspect ${name}:1`)).toMatchObject({ code: 1 })
})

test('errors name what the command does: nothing is pulled by inspect', async () => {
  for (const command of ['image inspect --remote', 'manifest inspect']) {
    const { stderr } = await run(`${command} ${registry.host}/no/such:1`)
    expect(stderr).toContain(`Cannot inspect "${registry.host}/no/such:1": the registry returned 404`)
  }
  const { stderr } = await run(`manifest create ${registry.host}/no/list:1 ${registry.host}/no/such:1`)
  expect(stderr).toContain(`Cannot add "${registry.host}/no/such:1": the registry returned 404`)
})

test('image rm --remote by tag explains how to delete if the registry cannot delete tags', async () => {
  const { code, stderr } = await run(`image rm --remote ${name}:1`)
  expect([code, stderr]).toEqual([
    76,
    expect.stringContaining('Delete by digest if the registry cannot delete a tag alone'),
  ])
  expect(await run(`rmi --remote ${name}`)).toMatchObject({ code: 2 })
  expect(await run(`rmi --remote --force ${name}:1`)).toMatchObject({ code: 2 })
  expect(await run(`rmi --tls-verify=false ${name}:1`)).toMatchObject({ code: 2 })
})

test('image rm --remote by digest removes the manifest with its tags', async () => {
  expect(await run(`image rm --remote ${name}@${digest}`)).toMatchObject({
    code: 0,
    stdout: `Deleted: ${name}@${digest}\n`,
  })
  expect(await run(`image inspect --remote ${name}:2`)).toMatchObject({ code: 1 })
  expect(await run(`image rm --remote ${name}@${digest}`)).toMatchObject({
    code: 1,
    stderr: expect.stringContaining(`Cannot delete "${name}@${digest}": the registry returned 404`),
  })
})

test('a deleted referrer is removed from the list of its subject', async () => {
  const client = anonymousClient()
  await run(`push --destination ${name}:3 local/app`)
  const reference = parseReference(name)
  const { bytes, descriptor } = await client.fetchManifest({ ...reference, tag: '3' })
  const { mediaType, size, digest: of } = descriptor
  const signature = {
    ...JSON.parse(Buffer.from(bytes).toString()),
    artifactType: 'a/b',
    subject: { mediaType, size, digest: of },
  }
  const signed = await client.pushReferrer(reference, { mediaType, bytes: Buffer.from(JSON.stringify(signature)) })
  expect(await client.listReferrers(reference, of)).toHaveLength(1)
  expect(await run(`image rm --remote ${name}@${signed.descriptor.digest}`)).toMatchObject({ code: 0 })
  expect(await client.listReferrers(reference, of)).toEqual([])
})

test('a registry that does not allow deletion is an error with the required setting', async () => {
  const server = createServer((request, response) => {
    response.writeHead(request.method === 'DELETE' ? 405 : 404).end('{"errors":[{"code":"UNSUPPORTED"}]}')
  })
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done))
  try {
    const { port } = server.address() as AddressInfo // always the case for a TCP server
    const { code, stderr } = await run(`image rm --remote 127.0.0.1:${port}/team/app:1`)
    expect([code, stderr]).toEqual([76, expect.stringContaining('the registry returned 405: UNSUPPORTED')])
  } finally {
    server.close()
  }
})
