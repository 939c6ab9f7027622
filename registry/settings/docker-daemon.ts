import { isRecord, parseJson } from '../transport/response-error.ts'
import { badConfig, textsIn } from './config-file.ts'
import { NO_SETTINGS, type RegistrySettings } from './registry-settings.ts'

/** `insecure-registries` and `registry-mirrors` in docker's daemon.json; all other keys concern the daemon. */
export function parseDockerDaemon(path: string, text: string): RegistrySettings {
  const document = parseJson(text.trim() === '' ? '{}' : text)
  if (!isRecord(document)) throw badConfig(path, 'not a JSON object')
  const mirrors = textsIn(path, document, 'registry-mirrors').map((mirror) => mirrorOf(path, mirror))
  const plainMirrors = mirrors.filter(({ isPlain }) => isPlain).map(({ location }) => location.replace(/\/.*/, ''))
  return {
    ...NO_SETTINGS,
    // SPEC: docker, "mirror": they apply to Docker Hub only.
    rules:
      mirrors.length === 0 ? [] : [{ prefix: 'docker.io', mirrors: mirrors.map(({ location }) => ({ location })) }],
    insecure: textsIn(path, document, 'insecure-registries').map((entry) => entry.replace(/^https?:\/\//, '')),
    plainHttp: plainMirrors,
  }
}

function mirrorOf(path: string, mirror: string): { readonly location: string; readonly isPlain: boolean } {
  const url = URL.canParse(mirror) ? new URL(mirror) : undefined
  if (url === undefined || !/^https?:$/.test(url.protocol) || url.username !== '')
    throw badConfig(path, `mirror ${JSON.stringify(mirror.replace(/^.*@/, ''))} is not an http or https URL`)
  return { location: `${url.host}${url.pathname}`.replace(/\/+$/, ''), isPlain: url.protocol === 'http:' }
}
