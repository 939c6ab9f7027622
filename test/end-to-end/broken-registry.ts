import { answering, type Fault, type FaultRegistry, startFaultRegistry } from '../support/fault-registry.ts'

const INDEX = 'application/vnd.oci.image.index.v1+json'
const MANIFEST = 'application/vnd.oci.image.manifest.v1+json'
const SCHEMA_1 = 'application/vnd.docker.distribution.manifest.v1+prettyjws'

/** A registry and web server whose repositories and files are each broken in a different way. */
export async function startBrokenRegistry(): Promise<FaultRegistry> {
  const registry = await startFaultRegistry()
  const arm = { mediaType: MANIFEST, digest: `sha256:${'1'.repeat(64)}`, size: 2 }
  const index = {
    schemaVersion: 2,
    mediaType: INDEX,
    manifests: [{ ...arm, platform: { os: 'linux', architecture: 'arm64' } }],
  }
  const documents = {
    'nonsense:latest': { type: MANIFEST, bytes: Buffer.from('<html>') },
    'old:latest': { type: SCHEMA_1, bytes: Buffer.from('{"schemaVersion":1}') },
    'arm:latest': { type: INDEX, bytes: Buffer.from(JSON.stringify(index)) },
    [`changed@sha256:${'0'.repeat(64)}`]: { type: INDEX, bytes: Buffer.from(JSON.stringify(index)) },
  }
  for (const [name, document] of Object.entries(documents)) registry.manifests.set(name, document)
  const basic = { headers: { 'www-authenticate': 'Basic realm="broken"' } }
  const error = (code: string, message: string) => ({ body: JSON.stringify({ errors: [{ code, message }] }) })
  registry.faults.push(
    always('/v2/private/', 401, basic),
    always('/private.git/', 401, basic),
    always('/v2/denied/', 403, error('DENIED', 'not yours')),
    always('/v2/busy/', 429),
    always('/v2/refused/', 400, error('NAME_INVALID', 'names end in a digit here')),
    always('/file', 200, { body: 'content' }),
  )
  return registry
}

function always(path: string, status: number, more: Parameters<typeof answering>[3] = {}): Fault {
  return answering(-1, ({ url }) => url?.startsWith(path) === true, status, more)
}
