import type { FlagTable } from '../flags/flag-table.ts'

/** Flags of `docker build`: `refused` ones are not supported, `accepted` ones have no effect here. */
export const buildFlags = {
  tag: { kind: 'list', short: 't', value: 'name', help: 'Name and optionally a tag for the image (name:tag)' },
  file: {
    kind: 'string',
    short: 'f',
    help: 'Path of the Dockerfile; - reads standard input',
    shownDefault: 'PATH/Dockerfile',
    completes: 'file',
  },
  'build-arg': {
    kind: 'list',
    value: 'key=value',
    help: 'Set a build-time variable; without a value, use that of the environment. SOURCE_DATE_EPOCH sets the timestamps of the image: seconds, "context", or the name of a build context or stage',
  },
  'build-context': {
    kind: 'list',
    value: 'name=source',
    help: 'Additional build context: directory, URL, docker-image://name or oci-layout://path[:tag][@digest]',
  },
  target: { kind: 'string', value: 'stage', help: 'Target build stage', shownDefault: 'the last one' },
  platform: {
    kind: 'list',
    value: 'os/arch',
    env: 'DOCKER_DEFAULT_PLATFORM',
    help: 'Target platforms, such as linux/arm64; several, separated by commas, produce an image index',
  },
  output: {
    kind: 'list',
    short: 'o',
    value: 'type=…',
    help: 'Output destination: type=…,dest=path with type image, registry, oci, docker, tar or local; or the path of a directory. rewrite-timestamp=true clamps file times to SOURCE_DATE_EPOCH',
    completes: 'directory',
  },
  push: { kind: 'bool', help: 'Push the image to the registry after the build' },
  load: { kind: 'bool', help: 'Also keep the image in the store when -o writes it elsewhere' },
  'no-cache': { kind: 'bool', help: 'Do not use the cache when building the image' },
  jobs: {
    kind: 'string',
    short: 'j',
    value: 'number',
    env: 'TSBUILD_JOBS',
    help: 'Maximum number of steps to run at once',
    shownDefault: '2 per CPU, at least 16',
  },
  'cache-from': {
    kind: 'list',
    value: 'type=…',
    help: 'External cache sources: type=registry,ref=name, type=local,src=directory, type=s3,bucket=name or type=gha',
  },
  'cache-to': {
    kind: 'list',
    value: 'type=…',
    help: 'Cache export destinations: type=registry,ref=name, type=local,dest=directory, type=s3,bucket=name or type=gha, with mode=min|max and ignore-error=true; type=inline puts the cache into the image',
  },
  'cache-mounts-from': {
    kind: 'list',
    value: 'type=…',
    help: 'Fill missing cache mounts from type=registry,ref=name, type=local,src=directory, type=s3 or type=gha, with id=… and max-size=… (default 10GB)',
  },
  'cache-mounts-to': {
    kind: 'list',
    value: 'type=…',
    help: 'Export cache mounts to type=registry,ref=name, type=local,dest=directory, type=s3 or type=gha, with id=…, max-size=… (default 10GB) and ignore-error=true',
  },
  'no-cache-filter': { kind: 'list', value: 'stage', help: 'Do not use the cache for this stage' },
  pull: {
    kind: 'string',
    value: 'string',
    bare: 'always',
    default: 'missing',
    choices: ['always', 'missing', 'never', 'true', 'false'],
    help: 'When to check the registry for newer base images',
  },
  network: {
    kind: 'string',
    default: 'default',
    choices: ['default', 'none', 'host'],
    help: 'Network mode for RUN steps',
  },
  'add-host': {
    kind: 'list',
    value: 'host:ip',
    help: 'Add a host-to-IP mapping for RUN steps (host-gateway is this machine)',
  },
  secret: {
    kind: 'list',
    value: 'id=…',
    help: 'Secret to expose to RUN --mount=type=secret: id=name[,src=file|,env=variable]',
  },
  ssh: {
    kind: 'list',
    value: 'default|id=socket',
    help: 'SSH agent to expose to RUN --mount=type=ssh and ADD git@…',
    shownDefault: 'socket in SSH_AUTH_SOCK',
  },
  allow: {
    kind: 'list',
    value: 'entitlement',
    help: 'Allow an entitlement: network.host (RUN --network=host), security.insecure (RUN --security=insecure), device or device=name[,alias=name] (RUN --device), buildx.local.delete (-o mode=delete anywhere)',
  },
  'build-arg-file': {
    kind: 'list',
    value: 'file',
    help: 'Read build-time variables from a file of key=value lines',
    completes: 'file',
  },
  memory: { kind: 'string', short: 'm', value: 'bytes', help: 'Memory limit of each RUN step, such as 512m' },
  'memory-swap': {
    kind: 'string',
    value: 'bytes',
    help: 'Memory plus swap limit of each RUN step; -1 for unlimited swap',
  },
  'cpu-quota': { kind: 'string', value: 'microseconds', help: 'CPU quota of each RUN step, per --cpu-period' },
  'cpu-period': {
    kind: 'string',
    value: 'microseconds',
    help: 'CPU scheduling period',
    shownDefault: '100000',
  },
  'cpu-shares': {
    kind: 'string',
    short: 'c',
    value: 'number',
    help: 'CPU shares of RUN steps (relative weight)',
  },
  'cpuset-cpus': { kind: 'string', value: 'list', help: 'CPUs in which to allow execution of RUN steps (0-3, 0,1)' },
  resource: {
    kind: 'list',
    value: 'limit=…',
    help: 'Resource limits of RUN steps by name: memory=512m,cpu-shares=512',
  },
  'shm-size': { kind: 'string', value: 'bytes', help: 'Size of /dev/shm in RUN steps', shownDefault: '64m' },
  ulimit: { kind: 'list', value: 'name=soft[:hard]', help: 'Ulimit of RUN steps, such as nofile=1024:2048' },
  userns: {
    kind: 'string',
    value: 'mode',
    help: 'User namespace of RUN steps: auto (a private one), host or nomap',
    shownDefault: 'host',
  },
  'cgroup-parent': { kind: 'string', value: 'path', help: 'Parent cgroup for RUN steps; it must exist' },
  label: { kind: 'list', value: 'key=value', help: 'Set metadata for the image' },
  annotation: {
    kind: 'list',
    value: 'key=value',
    help: 'Add an annotation to the image that --push, -o type=oci or -o type=docker writes. Prefix the key with manifest:, index:, manifest-descriptor: or index-descriptor:, optionally for one platform: manifest[linux/arm64]:key=value',
  },
  provenance: {
    kind: 'string',
    value: 'true|mode=min|max',
    help: 'Attach a SLSA provenance attestation (with --push or -o type=oci, local or tar); also version=v1|v0.2, builder-id=, reproducible=, filename= and inline-only=',
  },
  attest: {
    kind: 'list',
    value: 'type=…',
    help: 'Attach an attestation: type=provenance (see --provenance) or type=sbom (see --sbom)',
  },
  sbom: {
    kind: 'string',
    value: 'true|false',
    help: 'Attach a list of the packages of the image, an SPDX document (with --push or -o type=oci, local or tar)',
  },
  'scan-secrets': {
    kind: 'string',
    bare: 'warn',
    value: 'warn|error|off',
    choices: ['warn', 'error', 'off'],
    help: 'Search new layers, configuration and history for secrets; error writes nothing if one is found',
    shownDefault: 'warn with --push',
  },
  iidfile: { kind: 'string', value: 'file', help: 'Write the image ID to a file', completes: 'file' },
  'metadata-file': {
    kind: 'string',
    value: 'file',
    help: 'Write build result metadata to a file',
    completes: 'file',
  },
  progress: {
    kind: 'string',
    default: 'auto',
    env: 'BUILDKIT_PROGRESS',
    choices: ['auto', 'plain', 'tty', 'quiet', 'none', 'rawjson'],
    help: 'Type of progress output on standard error',
  },
  explain: {
    kind: 'string',
    bare: 'text',
    value: 'text|json',
    choices: ['text', 'json'],
    help: 'Explain for each step why the cache was used or missed; json is printed to standard output',
  },
  ui: {
    kind: 'bool',
    help: 'Serve a page of the build (graph, timeline, logs, image) on loopback and print its address, until the page is closed or Ctrl-C is pressed',
  },
  quiet: {
    kind: 'bool',
    short: 'q',
    help: 'Suppress progress and print the image ID; if a step fails, print its last lines',
  },
  call: {
    kind: 'string',
    default: 'build',
    value: 'method',
    help: 'Method for evaluating the Dockerfile: build, check, outline, targets or subrequests.describe (lists the methods); append ,format=json for JSON; check also takes format=sarif, format=junit and format=codequality',
  },
  check: { kind: 'bool', help: 'Shorthand for --call=check: evaluate the build checks without building' },
  'exit-code-from-run': {
    kind: 'bool',
    default: 'true',
    help: 'Exit with the exit code of the failed RUN step; if false, with 1',
  },
  rm: accepted('steps leave no containers behind'),
  'force-rm': accepted('steps leave no containers behind'),
  compress: accepted('the context is not sent anywhere'),
  'disable-content-trust': accepted('content trust is not used'),
  policy: refused('list', 'policies are not evaluated', ['disabled=true']),
  squash: refused('bool', 'layers are not merged (use several stages and COPY --from)'),
  builder: refused('string', 'tsbuild is the only builder', ['default']),
  'cpuset-mems': refused('string', 'memory nodes of steps cannot be set (use --cpuset-cpus for CPUs)', ['']),
  isolation: refused('string', 'steps always run in namespaces', ['default']),
  'security-opt': refused('list', "steps run with Docker's default profile"),
} as const satisfies FlagTable

/** A flag of docker without effect here. */
function accepted(why: string) {
  return { kind: 'bool', hidden: true, help: `Accepted without effect: ${why}` } as const
}

function refused<K extends 'bool' | 'string' | 'list'>(kind: K, reason: string, harmless: readonly string[] = []) {
  return { kind, hidden: true, help: reason, refused: { reason, harmless } } as const
}
