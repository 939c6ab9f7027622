#!/usr/bin/env node
// Entry point of a Woodpecker or Drone plugin with the settings of plugin-docker-buildx (PLUGIN_*).
import { spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
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

const UNSUPPORTED = [
  ...['remote_builders', 'ssh_key', 'aws_region', 'aws_access_key_id', 'aws_secret_access_key'],
  ...['ecr_create_repository', 'ecr_lifecycle_policy', 'ecr_repository_policy', 'ecr_scan_on_push'],
]
/** Settings of the docker daemon, its builder and its client. */
const WITHOUT_EFFECT = [
  ...['storage_driver', 'storage_path', 'bip', 'mtu', 'custom_dns', 'custom_dns_search', 'ipv6', 'experimental'],
  ...['debug', 'daemon_off', 'buildkit_debug', 'buildkit_driveropt', 'compress', 'purge', 'email'],
]

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

/** SECURITY: the message contains no text of the value, which may contain a password. */
function parsed(name) {
  try {
    return JSON.parse(setting(name))
  } catch {
    return refuse(`Cannot read the setting "${name}": invalid JSON`)
  }
}

const isMap = (value) => typeof value === 'object' && value !== null && !Array.isArray(value)
/** A value of YAML that is empty is null. */
const scalar = (value) => (typeof value === 'object' && value !== null ? JSON.stringify(value) : String(value ?? ''))
const pairs = (map) => Object.entries(map).map(([key, value]) => `${key}=${scalar(value)}`)
const items = (values) => values.flatMap((value) => (isMap(value) ? pairs(value) : scalar(value))).filter(Boolean)

/** Lists are joined with commas; maps, and lists with other values such as maps, are JSON. */
function list(name) {
  const text = setting(name).trim()
  if (text.startsWith('[')) return items(parsed(name))
  if (text.startsWith('{')) return pairs(parsed(name))
  return text
    .split(',')
    .map((item) => item.trim())
    .filter(Boolean)
}

/** Flags of several fields: commas within one are escaped, or the list is cut where `first` begins another. */
function entries(name, first) {
  const text = setting(name).trim()
  if (text.startsWith('[')) return items(parsed(name))
  const isCutAtCommas = text.includes('\\,') || !text.includes('=')
  const cut = isCutAtCommas ? /\n|(?<!\\),/ : new RegExp(`\\n|,(?=${first}=)`)
  return text
    .split(cut)
    .map((item) => item.trim().replaceAll('\\,', ','))
    .filter(Boolean)
}

const VERSION = /^refs\/tags\/v?(\d+)(?:\.(\d+))?(?:\.(\d+))?([-+][0-9A-Za-z.+-]+)?$/
const DATE = /^refs\/tags\/(\d{8}|\d{4}-\d{2}-\d{2})$/

/**
 * `auto_tag`: v1.2.3 becomes 1.2.3, 1.2 and 1; 0.2.3 only 0.2.3 and 0.2; dates and versions such as 1.2.3-rc.1 remain as
 * they are; the default branch becomes `default_tag`. Other commits get no tag: those of pull requests in particular,
 * for which CI_COMMIT_BRANCH is the branch to merge into.
 */
function automaticTags() {
  const ref = process.env.CI_COMMIT_REF || process.env.DRONE_COMMIT_REF || ''
  const main = process.env.CI_REPO_DEFAULT_BRANCH || process.env.DRONE_REPO_BRANCH
  if (main && ref === `refs/heads/${main}`) return [setting('default_tag') || 'latest']
  if (!ref.startsWith('refs/tags/')) return []
  const [, date] = DATE.exec(ref) ?? []
  if (date) return [date]
  const [, major, minor = '0', patch = '0', suffix] =
    VERSION.exec(ref) ?? refuse(`Cannot use auto_tag: ${JSON.stringify(ref)} is neither a semantic version nor a date`)
  if (suffix) return [`${major}.${minor}.${patch}${suffix}`]
  if (/^[1-9]\d{3}$/.test(major) && `${minor}.${patch}` === '0.0') return [major]
  return [`${major}.${minor}.${patch}`, `${major}.${minor}`, ...(major === '0' ? [] : [major])]
}

/** The default tag is replaced by `auto_tag_suffix`, others are continued by it. */
function withSuffix(tag) {
  const suffix = setting('auto_tag_suffix') || setting('default_suffix')
  if (suffix === '') return tag
  return tag === (setting('default_tag') || 'latest') ? suffix : `${tag}-${suffix}`
}

/**
 * `auto_labels`, on by default: labels with the pipeline's data about the commit. The setting "labels" has precedence.
 */
function automaticLabels() {
  const { env } = process
  if (!['auto_label', 'auto_labels', 'default_labels'].every((name) => isOn(name, true))) return []
  const time = new Date(Number(env.CI_PIPELINE_CREATED || env.DRONE_BUILD_CREATED) * 1000)
  const created = time > 0 && time.getUTCFullYear() < 10_000 ? time : new Date()
  const ref = env.CI_COMMIT_REF || env.DRONE_COMMIT_REF || ''
  const known = {
    created: created.toISOString().replace(/\.\d+Z$/, 'Z'),
    source: env.CI_REPO_CLONE_URL || env.DRONE_GIT_HTTP_URL,
    url: env.CI_REPO_URL || env.DRONE_REPO_LINK,
    revision: env.CI_COMMIT_SHA || env.DRONE_COMMIT_SHA,
    version: /^refs\/tags\/v?(\d+\.\d+\.\d+(?:[-+].*)?)$/.exec(ref)?.[1],
  }
  const found = Object.entries(known).filter(([, value]) => value !== undefined && value !== '')
  return found.map(([name, value]) => `org.opencontainers.image.${name}=${value}`)
}

/** The tags of `auto_tag` in addition to the configured ones. Without any, the commit is skipped. */
function tags() {
  const isAutomatic = isOn('auto_tag') || isOn('default_tags')
  const automatic = isAutomatic ? automaticTags().map(withSuffix) : []
  if (isAutomatic && automatic.length === 0) return []
  const all = [...automatic, ...configuredTags()]
  return all.length > 0 ? [...new Set(all)] : [setting('default_tag') || 'latest']
}

/** `tags_file` has precedence over `tags`, and `tags` over a file with the default name. */
function configuredTags() {
  const given = [...list('tags'), ...list('tag')]
  const isDefaultFile = given.length === 0 && existsSync('.tags')
  const file = setting('tags_file') || (isDefaultFile ? '.tags' : '')
  return file === ''
    ? given
    : readText('tags_file', file)
        .split(/[\s,]+/)
        .filter(Boolean)
}

const host = (address) => address.replace(/^https?:\/\//, '').replace(/\/.*$/, '')
/** The host at the beginning of an image name, if it has one. */
const hostOf = (repository) => /^(?:localhost|[^/]*[.:][^/]*)(?=\/)/.exec(repository)?.[0]

/** A repository without a host is in `registry`. */
function names() {
  const registry = host(setting('registry'))
  const prefix = registry === '' || registry === 'index.docker.io' ? '' : `${registry}/`
  return list('repo').flatMap((repository) =>
    tags().map((tag) => `${hostOf(repository) === undefined ? prefix : ''}${repository}:${tag}`),
  )
}

/** Accounts of `registry`, where they are optional, and of `logins`, where they are required; each registry once. */
function accounts() {
  const own = { registry: setting('registry'), username: setting('username'), password: setting('password') }
  const others = setting('logins') === '' ? [] : parsed('logins')
  if (!Array.isArray(others) || others.some((account) => !account?.username || !account.password))
    refuse('Cannot log in: each entry of the setting "logins" needs a username and a password')
  if (others.some(({ mirrors }) => mirrors))
    refuse('Cannot use "mirrors" of the setting "logins": use the setting "mirror" or "buildkit_config"')
  const all = own.username !== '' && own.password !== '' ? [own, ...others] : others
  return all.filter(({ registry }, index) => all.findIndex((other) => other.registry === registry) === index)
}

function login({ registry = '', username, password }) {
  const flags = [...each('insecure-registry', insecure), `--username=${username}`, '--password-stdin']
  const words = ['login', ...flags, '--', ...(registry === '' ? [] : [registry])]
  const { status, error } = spawnSync('tsbuild', words, { input: password, stdio: ['pipe', 'inherit', 'inherit'] })
  if (error) console.error(`Cannot start tsbuild: ${error.code}`)
  if (status !== 0) ends(status)
}

/** `config` is docker's config.json; `logins` and `username` are added to it. */
function writeDockerConfig() {
  if (setting('config') === '') return
  process.env.DOCKER_CONFIG ||= join(process.env.HOME || tmpdir(), '.docker')
  const directory = process.env.DOCKER_CONFIG
  const config = parsed('config')
  if (!isMap(config)) refuse('Cannot read the setting "config": not a JSON object')
  mkdirSync(directory, { recursive: true })
  writeFileSync(join(directory, 'config.json'), JSON.stringify(config), { mode: 0o600 })
}

/** Configuration of registries in the form of buildkitd.toml: `buildkit_config`, else a mirror of Docker Hub. */
function writeRegistries() {
  const mirror = setting('mirror')
  const address = JSON.stringify(mirror.replace(/^https?:\/\//, '').replace(/\/+$/, ''))
  const plain = mirror.startsWith('http:') ? `[registry.${address}]\nhttp = true\n` : ''
  const ofMirror = mirror === '' ? '' : `[registry."docker.io"]\nmirrors = [${address}]\n${plain}`
  const text = setting('buildkit_config') || ofMirror
  if (text === '') return
  const directory = mkdtempSync(join(tmpdir(), 'tsbuild-registries-'))
  process.on('exit', () => rmSync(directory, { recursive: true, force: true }))
  process.env.TSBUILD_REGISTRIES = join(directory, 'registries.toml')
  writeFileSync(process.env.TSBUILD_REGISTRIES, text)
}

for (const name of ['HTTP_PROXY', 'HTTPS_PROXY', 'NO_PROXY'].filter(setting)) process.env[name] = setting(name)
const unsupported = UNSUPPORTED.filter(setting)
if (unsupported.length > 0)
  refuse(`Cannot use the settings ${unsupported.join(', ')}: tsbuild has nothing that corresponds to them`)
const ignored = WITHOUT_EFFECT.filter(setting)
if (ignored.length > 0) console.error(`WARNING: Settings without effect in tsbuild: ${ignored.join(', ')}`)
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
const insecure = isOn('insecure') ? [...new Set(names().map(hostOf).filter(Boolean))] : []
for (const account of accounts()) login(account)
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
      ...list('build_args_from_env').flatMap((name) => (process.env[name] ? `${name}=${process.env[name]}` : [])),
    ]),
    ...each('label', [...automaticLabels(), ...list('label'), ...list('labels')]),
    ...each('secret', entries('secrets', 'id')),
    ...each('add-host', list('add_host')),
    ...each('insecure-registry', insecure),
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
if (error) console.error(`Cannot start tsbuild: ${error.code}`)
ends(status)
