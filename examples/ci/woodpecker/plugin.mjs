#!/usr/bin/env node
// Entry point of a Woodpecker or Drone plugin with the settings of plugin-docker-buildx (PLUGIN_*).
import { spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseEnv } from 'node:util'

/** Other variables that plugin-docker-buildx reads, such as those of secrets. */
const OTHER_NAMES = {
  registry: 'DOCKER_REGISTRY',
  username: 'DOCKER_USERNAME',
  password: 'DOCKER_PASSWORD',
  mirror: 'DOCKER_PLUGIN_MIRROR',
  config: 'DOCKER_PLUGIN_CONFIG',
}
const setting = (name) => process.env[`PLUGIN_${name.toUpperCase()}`] || process.env[OTHER_NAMES[name]] || ''
const each = (flag, values) => values.map((value) => `--${flag}=${value}`)
const once = (flag, name) => each(flag, setting(name) === '' ? [] : [setting(name)])
const ends = (status) => process.exit(status ?? 1)
const refuse = (message) => {
  console.error(message)
  ends(2)
}

/** As Go reads them. A value that is ignored could push an image unexpectedly. */
function isOn(name, ifEmpty = false) {
  const value = setting(name)
  if (value === '') return ifEmpty
  if (/^(?:1|t|true)$/i.test(value)) return true
  if (/^(?:0|f|false)$/i.test(value)) return false
  return refuse(`Cannot read the setting "${name}": "${value}" is neither true nor false`)
}

const unsupported = ['remote_builders', 'ssh_key', 'aws_region', 'ecr_create_repository'].filter(setting)

if (setting('env_file') !== '') loadVariables(setting('env_file'))

/** Variables that are already set keep their values. */
function loadVariables(path) {
  for (const [name, value] of Object.entries(parseEnv(readText('env_file', path)))) process.env[name] ??= value
}

function readText(name, path) {
  try {
    return readFileSync(path, 'utf8')
  } catch (error) {
    return refuse(`Cannot read the setting "${name}": ${error.message}`)
  }
}

function parsed(name) {
  try {
    return JSON.parse(setting(name))
  } catch (error) {
    return refuse(`Cannot read the setting "${name}": ${error.message}`)
  }
}

/** Lists are joined with commas; maps and lists with other values are JSON. */
function list(name) {
  const text = setting(name).trim()
  if (text.startsWith('[')) return parsed(name).map(String)
  if (text.startsWith('{')) return Object.entries(parsed(name)).map(([key, value]) => `${key}=${value}`)
  return text
    .split(',')
    .map((item) => item.trim())
    .filter(Boolean)
}

/** Flags of several fields: commas within one are escaped, or the list is cut where `first` begins another. */
function entries(name, first) {
  const text = setting(name).trim()
  if (text.startsWith('[')) return parsed(name).map(String)
  const isCutAtCommas = text.includes('\\,') || !text.includes('=')
  const cut = isCutAtCommas ? /\n|(?<!\\),/ : new RegExp(`\\n|,(?=${first}=)`)
  return text
    .split(cut)
    .map((item) => item.trim().replaceAll('\\,', ','))
    .filter(Boolean)
}

/** `auto_tag`: v1.2.3 becomes 1.2.3, 1.2 and 1; the default branch becomes latest; other commits get no tag. */
function automaticTags() {
  const version = /^refs\/tags\/v?((\d+)\.(\d+)\.\d+)$/.exec(
    process.env.CI_COMMIT_REF ?? process.env.DRONE_COMMIT_REF ?? '',
  )
  const branch = process.env.CI_COMMIT_BRANCH ?? process.env.DRONE_COMMIT_BRANCH
  const main = process.env.CI_REPO_DEFAULT_BRANCH ?? process.env.DRONE_REPO_BRANCH
  const [, full, major, minor] = version ?? []
  const plain = version
    ? [full, `${major}.${minor}`, major]
    : branch && branch === main
      ? [setting('default_tag') || 'latest']
      : []
  const suffix = setting('auto_tag_suffix') || setting('default_suffix')
  return suffix === '' ? plain : plain.map((tag) => (tag === 'latest' ? suffix : `${tag}-${suffix}`))
}

/**
 * `auto_labels`, on by default: labels with the pipeline's data about the commit. The setting "labels" has precedence.
 */
function automaticLabels() {
  const { env } = process
  if (!['auto_label', 'auto_labels', 'default_labels'].every((name) => isOn(name, true))) return []
  const seconds = Number(env.CI_PIPELINE_CREATED ?? env.DRONE_BUILD_CREATED)
  const created = seconds > 0 ? new Date(seconds * 1000) : new Date()
  const ref = env.CI_COMMIT_REF ?? env.DRONE_COMMIT_REF ?? ''
  const known = {
    created: created.toISOString().replace(/\.\d+Z$/, 'Z'),
    source: env.CI_REPO_CLONE_URL ?? env.DRONE_GIT_HTTP_URL,
    url: env.CI_REPO_URL ?? env.DRONE_REPO_LINK,
    revision: env.CI_COMMIT_SHA ?? env.DRONE_COMMIT_SHA,
    version: /^refs\/tags\/v?(\d+\.\d+\.\d+(?:[-+].*)?)$/.exec(ref)?.[1],
  }
  const found = Object.entries(known).filter(([, value]) => value !== undefined && value !== '')
  return found.map(([name, value]) => `org.opencontainers.image.${name}=${value}`)
}

/** The tags of `auto_tag` in addition to the configured ones. Without any, the commit is skipped. */
function tags() {
  const isAutomatic = isOn('auto_tag') || isOn('default_tags')
  const automatic = isAutomatic ? automaticTags() : []
  if (isAutomatic && automatic.length === 0) return []
  const file = setting('tags_file') || (existsSync('.tags') ? '.tags' : '')
  const fromFile = file === '' ? [] : readText('tags_file', file).split(/[\s,]+/)
  const all = [...automatic, ...list('tags'), ...list('tag'), ...fromFile].filter(Boolean)
  return all.length > 0 ? [...new Set(all)] : [setting('default_tag') || 'latest']
}

function names() {
  const registry = setting('registry')
    .replace(/^https?:\/\//, '')
    .replace(/\/.*$/, '')
  const inRegistry = (repository) =>
    registry === '' || registry === 'index.docker.io' || repository.startsWith(`${registry}/`)
      ? repository
      : `${registry}/${repository}`
  return list('repo').flatMap((repository) => tags().map((tag) => `${inRegistry(repository)}:${tag}`))
}

/** Accounts of `registry`, where they are optional, and of `logins`, where they are required; each registry once. */
function accounts() {
  const own = { registry: setting('registry'), username: setting('username'), password: setting('password') }
  const others = setting('logins') === '' ? [] : parsed('logins')
  if (!Array.isArray(others) || others.some((account) => !account?.username || !account.password))
    refuse('Cannot log in: each entry of the setting "logins" needs a username and a password')
  const all = own.username !== '' && own.password !== '' ? [own, ...others] : others
  return all.filter(({ registry }, index) => all.findIndex((other) => other.registry === registry) === index)
}

function login({ registry = '', username, password }) {
  const words = ['login', `--username=${username}`, '--password-stdin', '--', ...(registry === '' ? [] : [registry])]
  const { status, error } = spawnSync('tsbuild', words, { input: password, stdio: ['pipe', 'inherit', 'inherit'] })
  if (error) console.error(`Cannot start tsbuild: ${error.message}`)
  if (status !== 0) ends(status)
}

/** `config` is docker's config.json; `logins` and `username` are added to it. */
function writeDockerConfig() {
  if (setting('config') === '') return
  process.env.DOCKER_CONFIG ||= join(process.env.HOME || tmpdir(), '.docker')
  const directory = process.env.DOCKER_CONFIG
  mkdirSync(directory, { recursive: true })
  writeFileSync(join(directory, 'config.json'), JSON.stringify(parsed('config')), { mode: 0o600 })
}

/** Configuration of registries in the form of buildkitd.toml: `buildkit_config`, else a mirror of Docker Hub. */
function writeRegistries() {
  const mirror = setting('mirror')
  const host = JSON.stringify(mirror.replace(/^https?:\/\//, '').replace(/\/+$/, ''))
  const plain = mirror.startsWith('http:') ? `[registry.${host}]\nhttp = true\n` : ''
  const ofMirror = mirror === '' ? '' : `[registry."docker.io"]\nmirrors = [${host}]\n${plain}`
  const text = setting('buildkit_config') || ofMirror
  if (text === '') return
  process.env.TSBUILD_REGISTRIES = join(mkdtempSync(join(tmpdir(), 'tsbuild-registries-')), 'registries.toml')
  writeFileSync(process.env.TSBUILD_REGISTRIES, text)
}

for (const name of ['HTTP_PROXY', 'HTTPS_PROXY', 'NO_PROXY'].filter(setting)) process.env[name] = setting(name)
if (unsupported.length > 0)
  refuse(`Cannot use the settings ${unsupported.join(', ')}: tsbuild has nothing that corresponds to them`)
if (names().length === 0) {
  console.error(
    setting('repo') === ''
      ? 'Cannot build: the setting "repo" is missing'
      : 'Skipped: auto_tag gives no tag for this commit',
  )
  ends(setting('repo') === '' ? 2 : 0)
}
writeDockerConfig()
writeRegistries()
if (!isOn('dry_run')) for (const account of accounts()) login(account)
const insecure = isOn('insecure') ? names().map((name) => name.split('/')[0]) : []
const { status, error } = spawnSync(
  'tsbuild',
  [
    'build',
    ...each('tag', names()),
    ...once('file', 'dockerfile'),
    ...once('target', 'target'),
    ...each('platform', list('platforms')),
    ...each('build-arg', [
      ...list('build_args'),
      ...list('build_args_from_env').map((name) => `${name}=${process.env[name] ?? ''}`),
    ]),
    ...each('label', [...automaticLabels(), ...list('label'), ...list('labels')]),
    ...each('secret', entries('secrets', 'id')),
    ...each('add-host', list('add_host')),
    ...each('insecure-registry', [...new Set(insecure)]),
    ...each('cache-from', entries('cache_from', 'type')),
    ...each('cache-to', entries('cache_to', 'type')),
    ...list('cache_images').flatMap((image) => [
      `--cache-from=type=registry,ref=${image}`,
      `--cache-to=type=registry,ref=${image},mode=max`,
    ]),
    ...['provenance', 'sbom'].flatMap((name) => once(name, name)),
    ...(isOn('quiet') ? ['--quiet'] : []),
    ...once('output', 'output'),
    ...(isOn('no_cache') ? ['--no-cache'] : []),
    ...(isOn('pull_image', true) ? ['--pull'] : []),
    ...(isOn('dry_run') || setting('output') !== '' ? [] : ['--push']),
    ...['--', setting('context') || '.'],
  ],
  { stdio: 'inherit' },
)
if (error) console.error(`Cannot start tsbuild: ${error.message}`)
ends(status)
