import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { homeDirectory } from '../../layer-store/index.ts'
import { badConfig, readConfigFile } from './config-file.ts'
import { HOSTS_FILE, parseContainerdHosts } from './containerd-hosts.ts'
import { parseContainersRegistries } from './containers-registries.ts'
import { parseDockerDaemon } from './docker-daemon.ts'
import { mergeSettings, type RegistrySettings } from './registry-settings.ts'
import { parseBuildkitd, parseTsbuildRegistries } from './tsbuild-registries.ts'

type Env = Readonly<Record<string, string | undefined>>
type Parse = (path: string, text: string) => RegistrySettings | Promise<RegistrySettings>

/**
 * The configuration of Docker, containerd, BuildKit, containers and tsbuild; later ones take precedence. Read once, when
 * a registry is first needed.
 */
export async function readRegistrySettings(env: Env): Promise<RegistrySettings> {
  const files: readonly (readonly [string, Parse])[] = [
    ...dockerFiles(env).map((path) => [path, parseDockerDaemon] as const),
    ...containerdFiles(env).map((path) => [path, parseContainerdHosts] as const),
    ...buildkitFiles(env).map((path) => [path, parseBuildkitd] as const),
    ...containersFiles(env).map((path) => [path, parseContainersRegistries] as const),
    ...tsbuildFiles(env).map((path) => [path, parseTsbuildRegistries] as const),
  ]
  const settings: RegistrySettings[] = []
  for (const [path, parse] of files) {
    const text = readConfigFile(path)
    if (text !== undefined) settings.push(await parse(path, text))
  }
  return mergeSettings(settings)
}

function dockerFiles(env: Env): readonly string[] {
  return ['/etc/docker/daemon.json', join(configHome(env), 'docker', 'daemon.json')]
}

/** The directories of nerdctl. */
function containerdFiles(env: Env): readonly string[] {
  const roots = ['/etc', configHome(env)]
  const folders = roots.flatMap((root) => [join(root, 'docker', 'certs.d'), join(root, 'containerd', 'certs.d')])
  return folders.flatMap((folder) => namesIn(folder).map((name) => join(folder, name, HOSTS_FILE)))
}

function buildkitFiles(env: Env): readonly string[] {
  return ['/etc/buildkit/buildkitd.toml', join(configHome(env), 'buildkit', 'buildkitd.toml')]
}

/** A user's file replaces the system's; drop-ins are added. */
function containersFiles(env: Env): readonly string[] {
  const named = env['CONTAINERS_REGISTRIES_CONF'] || env['REGISTRIES_CONFIG_PATH']
  if (named) return [named]
  const own = join(configHome(env), 'containers', 'registries.conf')
  const system = '/etc/containers/registries.conf'
  const main = readConfigFile(own) === undefined ? system : own
  return [main, ...[system, own].flatMap((path) => dropIns(`${path}.d`))]
}

function tsbuildFiles(env: Env): readonly string[] {
  const named = env['TSBUILD_REGISTRIES']
  if (!named) return ['/etc/tsbuild/registries.toml', join(configHome(env), 'tsbuild', 'registries.toml')]
  if (readConfigFile(named) === undefined) throw badConfig(named, 'TSBUILD_REGISTRIES does not name a readable file')
  return [named]
}

function dropIns(folder: string): readonly string[] {
  return namesIn(folder)
    .filter((name) => name.endsWith('.conf'))
    .map((name) => join(folder, name))
}

function namesIn(folder: string): readonly string[] {
  try {
    return readdirSync(folder).sort()
  } catch {
    return [] // most machines have no such directory
  }
}

function configHome(env: Env): string {
  return env['XDG_CONFIG_HOME'] || join(homeDirectory(env), '.config')
}
