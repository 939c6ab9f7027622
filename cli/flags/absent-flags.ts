const NO_DAEMON = 'Omit it: there is no daemon to connect to'
const CACHED = 'Omit it: unchanged steps come from the cache, unless --no-cache is given'
const INSECURE = 'Use --insecure-registry HOST'
const REGISTRIES = 'Configure the registry in a file (docs/registries.md), which TSBUILD_REGISTRIES can name'
const IN_LAYERS = 'Omit it: each step creates one layer with the files that it changed'
const OWN_TREE = 'Omit it: steps run in a tree of the store and do not change the container of the job'

const KEYLESS = 'Use --key FILE: certificates of keyless signatures are not verified'

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
  '--certificate-identity': KEYLESS,
  '--certificate-identity-regexp': KEYLESS,
  '--certificate-oidc-issuer': KEYLESS,
  '--certificate-oidc-issuer-regexp': KEYLESS,
  '--insecure-ignore-tlog': 'Omit it: no transparency log is used',
  '--tlog-upload': 'Omit it: no transparency log is used',
}

/** Of docker, buildah and podman. */
const OF_BUILD: Readonly<Record<string, string>> = {
  '--format': 'Use -o type=oci or type=docker, or push with tsbuild push --format',
  '--layers': CACHED,
  '--tls-verify': INSECURE,
  '--volume': 'Use RUN --mount=type=bind or COPY in the Dockerfile',
  '-v': 'Use RUN --mount=type=bind or COPY in the Dockerfile',
  '--env': 'Use --build-arg, with ARG in the Dockerfile',
  '-e': 'Use --build-arg, with ARG in the Dockerfile',
}

/** As docs/ci.md lists them. */
const OF_KANIKO: readonly (readonly [RegExp, string])[] = [
  [/^--context$/, 'Specify the build context as the last argument: tsbuild build PATH'],
  [/^--context-sub-path$/, 'Specify the directory itself as the build context: tsbuild build PATH/SUBDIRECTORY'],
  [/^--git$/, 'Specify branch and directory in the context: tsbuild build REPOSITORY.git#BRANCH:DIRECTORY'],
  [/^--dockerfile$/, 'Use -f'],
  [/^(-d|--destination)$/, 'Use -t NAME --push'],
  [/^--no-push$/, 'Omit it: images are pushed with --push only'],
  [/^--(tar-path|tarPath)$/, 'Use -o type=docker,dest=FILE'],
  [/^--oci-layout-path$/, 'Use -o type=oci,tar=false,dest=DIRECTORY'],
  [
    /^--(digest-file|image-name(-tag)?-with-digest-file)$/,
    'Use --metadata-file: keys containerimage.digest, image.name',
  ],
  [/^--(custom-platform|customPlatform)$/, 'Use --platform'],
  [/^--cache(-copy-layers|-run-layers|-dir)?$/, CACHED],
  [/^--cache-repo$/, 'Use --cache-to and --cache-from with type=registry,ref=NAME'],
  [/^--cache-ttl$/, 'Omit it, and run tsbuild builder prune --filter until=DURATION'],
  [/^--no-push-cache$/, 'Use --cache-from without --cache-to'],
  [
    /^--(compression|compression-level|compressed-caching)$/,
    'Use -o type=registry with compression= and compression-level=',
  ],
  [/^--reproducible$/, 'Set SOURCE_DATE_EPOCH, and use -o type=registry,rewrite-timestamp=true'],
  [/^--(insecure|insecure-pull|skip-tls-verify(-pull|-registry)?)$/, INSECURE],
  [/^--(registry-(mirror|map|certificate|client-cert)|skip-default-registry-fallback)$/, REGISTRIES],
  [/^--credential-helpers$/, 'Set credHelpers in the config.json of docker'],
  [/^--(push|image-fs-extract|image-download)-retry$/, 'Omit it: requests are retried'],
  [/^--push-ignore-immutable-tag-errors$/, 'Omit it, and push under a new tag, such as the commit'],
  [/^--skip-push-permission-check$/, 'Omit it: the push itself reports missing permissions'],
  [/^--skip-unused-stages$/, 'Omit it: stages that the target does not need are not built'],
  [/^--(single-snapshot|snapshot-mode|snapshotMode|use-new-run|force-build-metadata|materialize)$/, IN_LAYERS],
  [/^--ignore-path$/, 'Use RUN --mount=type=cache or type=tmpfs for directories that the image must not contain'],
  [/^--(ignore-var-run|whitelist-var-run|kaniko-dir|force|cleanup|preserve-context)$/, OWN_TREE],
  [/^--(verbosity|log-format|log-timestamp)$/, 'Use --progress=plain, --progress=rawjson or --quiet'],
]

/** Undefined for an unknown flag. */
export function hintForFlag(flag: string, command: string | undefined): string | undefined {
  if (command === 'build' && Object.hasOwn(OF_BUILD, flag)) return OF_BUILD[flag]
  const ofKaniko = command === 'build' && OF_KANIKO.find(([pattern]) => pattern.test(flag))
  if (ofKaniko) return ofKaniko[1]
  return Object.hasOwn(ANYWHERE, flag) ? ANYWHERE[flag] : undefined
}
