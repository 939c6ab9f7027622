import { existsSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { hasCode, messageOf } from '../../errors/index.ts'
import { present } from '../../image-spec/index.ts'
import { RegistryError } from '../errors.ts'
import { HOSTS_FILE } from '../settings/containerd-hosts.ts'
import type { HostCertificateFiles } from '../settings/registry-settings.ts'
import { hostSpellings } from './hosts.ts'

/** The certificate files of one host, from all configuration files and certs.d directories. */
export function filesFor(
  host: string,
  named: readonly HostCertificateFiles[] = [],
  folders: readonly string[] = [],
): HostCertificateFiles | undefined {
  const found = hostSpellings(host).flatMap((name) => [
    ...filesInFolders(name, folders),
    ...named.filter((one) => one.host === name),
  ])
  const ca = found.flatMap((one) => one.ca)
  const client = found.findLast((one) => one.client !== undefined)?.client
  return ca.length === 0 && client === undefined ? undefined : { host, ca, ...present('client', client) }
}

function filesInFolders(host: string, folders: readonly string[]): readonly HostCertificateFiles[] {
  // SECURITY: the host of a redirect is used as a directory name.
  if (host.includes('/') || /^\.*$/.test(host)) return []
  const folder = folders.map((parent) => join(parent, host)).findLast((path) => existsSync(path))
  if (folder === undefined) return []
  const names = namesIn(folder)
  const ca = names.filter((name) => name.endsWith('.crt')).map((name) => join(folder, name))
  const [cert] = names.filter((name) => name.endsWith('.cert'))
  const [key] = names.filter((name) => name.endsWith('.key'))
  if (cert === undefined && key === undefined) return [{ host, ca }]
  const base = (cert ?? key ?? '').replace(/\.(?:cert|key)$/, '')
  for (const name of [`${base}.cert`, `${base}.key`]) {
    if (names.includes(name)) continue
    if (names.includes(HOSTS_FILE)) return [{ host, ca }] // it names the files of a pair in any way
    throw incomplete(folder, name, base)
  }
  return [{ host, ca, client: { cert: join(folder, `${base}.cert`), key: join(folder, `${base}.key`) } }]
}

/** SPEC: podman skips directories that the user may not read. */
function namesIn(folder: string): readonly string[] {
  try {
    return readdirSync(folder).sort()
  } catch (cause) {
    if (hasCode(cause, 'EACCES')) return []
    throw new RegistryError('REGISTRY_BAD_CERTIFICATE', `Cannot read certificates "${folder}": ${messageOf(cause)}`, {
      cause,
      hint: 'Create a directory with ca.crt in it',
    })
  }
}

/** SPEC: docker refuses a certificate without its key, and a key without its certificate. */
function incomplete(folder: string, missing: string, base: string): RegistryError {
  const found = `"${missing}" does not exist`
  const message = `Cannot use the client certificate in "${folder}": ${found} (expected ${base}.cert and ${base}.key)`
  return new RegistryError('REGISTRY_BAD_CERTIFICATE', message, {
    hint: 'Add the file. Certificates of CAs have the extension .crt',
  })
}
