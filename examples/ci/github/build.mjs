// Runs tsbuild with the inputs of action.yml and writes the outputs. Inputs are passed as arguments, never as script
// text.
import { spawnSync } from 'node:child_process'
import { randomUUID } from 'node:crypto'
import { appendFileSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

const inputs = JSON.parse(process.env.TSBUILD_INPUTS ?? '{}')
const scratch = mkdtempSync(join(process.env.RUNNER_TEMP ?? tmpdir(), 'tsbuild-'))
const env = { ...process.env }
delete env.TSBUILD_INPUTS

const text = (name) => inputs[name] ?? ''
const trimmed = (values) => values.map((value) => value.trim()).filter(Boolean)
const plainLines = (name) => trimmed(text(name).split('\n'))
/** One value per line. Parts in double quotes can span lines, and contain "" for a quote. */
const lines = (name) => trimmed(records(text(name)).map((parts) => parts.join(',')))
/** Inputs for which docker/build-push-action accepts commas as well. */
const items = (name) => trimmed(records(text(name)).flat())
const each = (flag, values) => values.map((value) => `--${flag}=${value}`)
const once = (name) => each(name, text(name) === '' ? [] : [text(name)])

/** CSV, as docker/build-push-action parses its lists. */
function records(csv) {
  const found = [[]]
  const part = /("(?:[^"]|"")*"(?=\r?(?:[,\n]|$))|[^,\n]*)\r?(,|\n|$)/g
  for (const [, field, end] of csv.matchAll(part)) {
    const isQuoted = field.length > 1 && field.startsWith('"') && field.endsWith('"')
    found.at(-1).push(isQuoted ? field.slice(1, -1).replaceAll('""', '"') : field)
    if (end !== ',') found.push([])
  }
  return found
}

function secretValues() {
  return lines('secrets').map((line, index) => {
    const cut = line.indexOf('=')
    const file = join(scratch, `secret-${index}`)
    writeFileSync(file, line.slice(cut + 1), { mode: 0o600 })
    return `id=${line.slice(0, cut)},src=${file}`
  })
}

function fromPairs(name, key) {
  return lines(name).map((line) => `id=${line.slice(0, line.indexOf('='))},${key}=${line.slice(line.indexOf('=') + 1)}`)
}

/** For a Git context only; steps of the Dockerfile do not see it. */
function gitToken() {
  if (text('github-token') === '' || !/^https?:/.test(text('context'))) return []
  env.GIT_AUTH_TOKEN = text('github-token')
  return ['id=GIT_AUTH_TOKEN,env=GIT_AUTH_TOKEN']
}

/** Files have no image ID: with outputs of type local and tar alone, tsbuild and buildx refuse --iidfile. */
function imageId() {
  const outputs = plainLines('outputs')
  const isImage = (output) => /(?:^|,)"?type=(?:image|registry|docker|oci)\b/i.test(output)
  const isFilesOnly = outputs.length > 0 && !outputs.some(isImage) && text('push') !== 'true' && text('load') !== 'true'
  return isFilesOnly ? [] : ['--iidfile', join(scratch, 'iid')]
}

const words = [
  'build',
  ...each('add-host', items('add-hosts')),
  ...each('allow', items('allow')),
  ...each('annotation', lines('annotations')),
  ...each('attest', lines('attests')),
  ...each('build-arg', lines('build-args')),
  ...each('build-context', lines('build-contexts')),
  ...each('cache-from', lines('cache-from')),
  ...each('cache-to', lines('cache-to')),
  ...each('label', lines('labels')),
  ...each('no-cache-filter', items('no-cache-filters')),
  ...each('output', plainLines('outputs')),
  ...each('platform', items('platforms')),
  ...each('secret', [
    ...fromPairs('secret-envs', 'env'),
    ...fromPairs('secret-files', 'src'),
    ...secretValues(),
    ...gitToken(),
  ]),
  ...each('ssh', items('ssh')),
  ...each('tag', items('tags')),
  ...each('ulimit', items('ulimit')),
  ...['call', 'cgroup-parent', 'file', 'network', 'provenance', 'sbom', 'shm-size', 'target'].flatMap(once),
  ...['load', 'no-cache', 'pull', 'push'].filter((name) => text(name) === 'true').map((name) => `--${name}`),
  ...[...imageId(), '--metadata-file', join(scratch, 'metadata'), '--', text('context') || '.'],
]

function writeOutput(name, value) {
  const end = randomUUID()
  appendFileSync(process.env.GITHUB_OUTPUT, `${name}<<${end}\n${value}\n${end}\n`)
}

try {
  const { status, error } = spawnSync('tsbuild', words, { env, stdio: 'inherit' })
  if (error) console.error(`Cannot start tsbuild: ${error.message} (install it first: docs/ci.md)`)
  process.exitCode = status ?? 1
  if (existsSync(join(scratch, 'iid'))) writeOutput('imageid', readFileSync(join(scratch, 'iid'), 'utf8'))
  if (existsSync(join(scratch, 'metadata'))) {
    const metadata = readFileSync(join(scratch, 'metadata'), 'utf8').trim()
    writeOutput('metadata', metadata)
    writeOutput('digest', JSON.parse(metadata)['containerimage.digest'] ?? '')
  }
} finally {
  rmSync(scratch, { recursive: true })
}
