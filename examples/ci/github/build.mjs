// Runs tsbuild with the inputs of action.yml and writes the outputs. Inputs are passed as arguments, never as script
// text.
import { spawnSync } from 'node:child_process'
import { randomUUID } from 'node:crypto'
import { appendFileSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

const inputs = JSON.parse(process.env.TSBUILD_INPUTS ?? '{}')
const env = { ...process.env }
delete env.TSBUILD_INPUTS

const text = (name) => String(inputs[name] ?? '').trim()
/** SECURITY: contains no text of the value: it may be a secret, or a workflow command on its own line. */
const refuse = (name, reason) => {
  console.error(`Cannot use the input "${name}": ${reason}`)
  process.exit(2)
}
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

function pairs(name, values) {
  return values.map((value, index) => {
    const [, id, rest] = /^([^=]+)=(.*)$/s.exec(value) ?? refuse(name, `entry ${index + 1} is not id=value; ${QUOTES}`)
    return [id, rest]
  })
}

const QUOTES = 'a value of several lines needs double quotes around "id=value"'

/** As the YAML of GitHub writes them. A value that is ignored could push an image unexpectedly. */
function isOn(name) {
  const value = text(name)
  if (!/^(?:|true|True|TRUE|false|False|FALSE)$/.test(value)) refuse(name, 'neither true nor false')
  return value.toLowerCase() === 'true'
}

/** SECURITY: the token is for the repositories of this GitHub only, in the context and in the Dockerfile. */
function gitToken(ids) {
  const server = new URL(process.env.GITHUB_SERVER_URL || 'https://github.com')
  const isOurs = URL.canParse(text('context')) && new URL(text('context')).origin === server.origin
  if (text('github-token') === '' || !isOurs || ids.some((id) => /^GIT_AUTH_(?:TOKEN|HEADER)\b/.test(id))) return []
  env.GIT_AUTH_TOKEN = text('github-token')
  return [`id=GIT_AUTH_TOKEN.${server.host},env=GIT_AUTH_TOKEN`]
}

/** Files have no image ID: with outputs of type local and tar alone, tsbuild and buildx refuse --iidfile. */
function imageId() {
  const outputs = plainLines('outputs')
  const isImage = (output) => /(?:^|,)"?type=(?:image|registry|docker|oci)\b/i.test(output)
  const isFilesOnly = outputs.length > 0 && !outputs.some(isImage) && !isOn('push') && !isOn('load')
  return isFilesOnly ? [] : ['--iidfile', join(scratch, 'iid')]
}

for (const name of ['context', 'build-contexts'].filter((one) => text(one).includes('{{defaultContext}}')))
  refuse(name, 'the default context is the checkout: use "." or a directory instead of {{defaultContext}}')
const secretEnvs = pairs('secret-envs', items('secret-envs'))
const secretFiles = pairs('secret-files', lines('secret-files'))
const secrets = pairs('secrets', lines('secrets'))
const token = gitToken([...secretEnvs, ...secretFiles, ...secrets].map(([id]) => id))
const switches = ['load', 'no-cache', 'pull', 'push'].filter(isOn)
const scratch = mkdtempSync(join(process.env.RUNNER_TEMP || tmpdir(), 'tsbuild-'))

function secretValue([id, value], index) {
  const file = join(scratch, `secret-${index}`)
  writeFileSync(file, value, { mode: 0o600 })
  return `id=${id},src=${file}`
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
    ...secretEnvs.map(([id, variable]) => `id=${id},env=${variable}`),
    ...secretFiles.map(([id, path]) => `id=${id},src=${path}`),
    ...secrets.map(secretValue),
    ...token,
  ]),
  ...each('ssh', items('ssh')),
  ...each('tag', items('tags')),
  ...each('ulimit', lines('ulimit')),
  ...['call', 'cgroup-parent', 'file', 'network', 'provenance', 'sbom', 'shm-size', 'target'].flatMap(once),
  ...switches.map((name) => `--${name}`),
  ...[...imageId(), '--metadata-file', join(scratch, 'metadata'), '--', text('context') || '.'],
]

const INSTALL = ' (install it first: docs/ci.md)'

function writeOutput(name, value) {
  const end = randomUUID()
  appendFileSync(process.env.GITHUB_OUTPUT, `${name}<<${end}\n${value}\n${end}\n`)
}

try {
  const { status, error } = spawnSync('tsbuild', words, { env, stdio: 'inherit' })
  if (error) console.error(`Cannot start tsbuild: ${error.code}${error.code === 'ENOENT' ? INSTALL : ''}`)
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
