// Writes the JSON Schema of tsbuild-server.yaml, generated from the server's own: docs/tsbuild-server.schema.json.
import { writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'

const { configJsonSchema } = createRequire(import.meta.url)('../dist/server.cjs')
const path = new URL('../docs/tsbuild-server.schema.json', import.meta.url)
writeFileSync(path, `${JSON.stringify(await configJsonSchema(), null, 2)}\n`)
