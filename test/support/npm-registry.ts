import { execFileSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { readdirSync, readFileSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { removeAfterFile } from './removed-afterwards.ts'

interface Manifest {
  readonly name: string
  readonly version: string
}

/** An npm registry on loopback with the tarballs of a directory, which records requests. */
export async function startNpmRegistry(directory: string) {
  const packages = readdirSync(directory).map((file) => readPackage(directory, file))
  const asked: string[] = []
  const server = createServer((request, response) => {
    const path = decodeURIComponent(request.url ?? '/')
    asked.push(path)
    const tarball = packages.find(({ file }) => path === `/tarballs/${file}`)
    if (tarball !== undefined) return response.end(tarball.bytes)
    const wanted = packages.find(({ manifest }) => path === `/${manifest.name}`)
    if (wanted === undefined) return response.writeHead(404).end('{"error":"not found"}')
    return response.end(JSON.stringify(packument(wanted, `http://${request.headers.host}/tarballs/${wanted.file}`)))
  })
  await new Promise<void>((settle) => server.listen(0, '127.0.0.1', settle))
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  removeAfterFile(() => {
    server.closeAllConnections()
    server.close()
  })
  return { url, asked }
}

function readPackage(directory: string, file: string) {
  const path = join(directory, file)
  const text = execFileSync('tar', ['-xzOf', path, 'package/package.json'], { encoding: 'utf8' })
  return { file, bytes: readFileSync(path), manifest: JSON.parse(text) as Manifest }
}

function packument({ manifest, bytes }: ReturnType<typeof readPackage>, tarball: string) {
  const { name, version } = manifest
  const integrity = `sha512-${createHash('sha512').update(bytes).digest('base64')}`
  return {
    name,
    'dist-tags': { latest: version },
    versions: { [version]: { ...manifest, dist: { tarball, integrity } } },
  }
}
