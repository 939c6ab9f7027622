const NO_DAEMON = 'Omit it: there is no daemon to connect to'
const CACHED = 'Omit it: unchanged steps come from the cache, unless --no-cache is given'
const INSECURE = 'Use --insecure-registry HOST'

/** Flags of other programs that tsbuild does not have, and their equivalents. */
const ANYWHERE: Readonly<Record<string, string>> = {
  '-H': NO_DAEMON,
  '--host': NO_DAEMON,
  '--tls': NO_DAEMON,
  '--tlsverify': NO_DAEMON,
  '--config': 'Set DOCKER_CONFIG to the directory of config.json',
  '--authfile': 'Set REGISTRY_AUTH_FILE to the file',
  '--creds': 'Log in first: tsbuild login',
  '--log-level': 'Omit it; --debug shows stack traces of errors',
  '--version': 'Use tsbuild version',
}

/** Of docker, buildah, podman and kaniko. */
const OF_BUILD: Readonly<Record<string, string>> = {
  '--context': 'Specify the build context as the last argument: tsbuild build PATH',
  '--dockerfile': 'Use -f',
  '--destination': 'Use -t NAME --push',
  '--no-push': 'Omit it: images are pushed with --push only',
  '--format': 'Use -o type=oci or type=docker, or push with tsbuild push --format',
  '--layers': CACHED,
  '--cache': CACHED,
  '--cache-repo': 'Use --cache-to and --cache-from with type=registry,ref=NAME',
  '--tls-verify': INSECURE,
  '--skip-tls-verify': INSECURE,
  '--insecure': INSECURE,
  '--volume': 'Use RUN --mount=type=bind or COPY in the Dockerfile',
  '-v': 'Use RUN --mount=type=bind or COPY in the Dockerfile',
  '--env': 'Use --build-arg, with ARG in the Dockerfile',
  '-e': 'Use --build-arg, with ARG in the Dockerfile',
}

/** Undefined for an unknown flag. */
export function hintForFlag(flag: string, command: string | undefined): string | undefined {
  if (command === 'build' && Object.hasOwn(OF_BUILD, flag)) return OF_BUILD[flag]
  return Object.hasOwn(ANYWHERE, flag) ? ANYWHERE[flag] : undefined
}
