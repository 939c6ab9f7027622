import type { FlagTable } from '../flags/flag-table.ts'

/** What `docker build` knows. Rows with `refused` are those that can't be honoured; without effect here: `accepted`. */
export const buildFlags = {
  tag: { kind: 'list', short: 't', value: 'name', help: 'Name the image, and tag it: name:tag' },
  file: { kind: 'string', short: 'f', help: 'The Dockerfile (- for standard input)', completes: 'file' },
  'build-arg': {
    kind: 'list',
    value: 'key=value',
    help: 'Set an ARG; without a value it comes from the environment. SOURCE_DATE_EPOCH dates the image: seconds, "context", or the name of a build context or stage',
  },
  'build-context': {
    kind: 'list',
    value: 'name=source',
    help: 'A further context: directory, URL, docker-image://name or oci-layout://path[:tag][@digest]',
  },
  target: { kind: 'string', value: 'stage', help: 'The stage to build' },
  platform: {
    kind: 'list',
    value: 'os/arch',
    env: 'DOCKER_DEFAULT_PLATFORM',
    help: 'The platform to build for, such as linux/arm64; several, with commas, make an index',
  },
  output: {
    kind: 'list',
    short: 'o',
    value: 'type=…',
    help: 'Where the result goes: type=…,dest=path with type image, registry, oci, docker, tar or local; or the path of a directory; rewrite-timestamp=true sets times later than SOURCE_DATE_EPOCH back to it',
    completes: 'directory',
  },
  push: { kind: 'bool', help: 'Push the image under its names when it is built' },
  load: { kind: 'bool', help: 'Keep the image in the store beside other outputs; without -o that happens anyway' },
  'no-cache': { kind: 'bool', help: 'Run every step anew' },
  jobs: {
    kind: 'string',
    short: 'j',
    value: 'number',
    env: 'TSBUILD_JOBS',
    help: 'Maximum number of steps to run at once (default 2 per CPU, at least 16)',
  },
  'cache-from': {
    kind: 'list',
    value: 'type=…',
    help: 'Cache of other machines to use: type=registry,ref=name or type=local,src=directory',
  },
  'cache-to': {
    kind: 'list',
    value: 'type=…',
    help: 'Write the cache for other machines: type=registry,ref=name or type=local,dest=directory, with mode=min|max and ignore-error=true',
  },
  'no-cache-filter': { kind: 'list', value: 'stage', help: 'Run the steps of this stage anew' },
  pull: { kind: 'bool', help: 'Ask the registry for newer base images' },
  network: { kind: 'string', default: 'default', choices: ['default', 'none', 'host'], help: 'Network of RUN steps' },
  'add-host': {
    kind: 'list',
    value: 'host:ip',
    help: 'A line of /etc/hosts in RUN steps; host-gateway is this machine',
  },
  secret: {
    kind: 'list',
    value: 'id=…',
    help: 'A secret for RUN --mount=type=secret: id=name[,src=file|,env=variable]',
  },
  ssh: {
    kind: 'list',
    value: 'default|id=socket',
    help: 'An agent for RUN --mount=type=ssh and ADD git@…; without a socket that of SSH_AUTH_SOCK',
  },
  allow: {
    kind: 'list',
    value: 'entitlement',
    help: 'Let the Dockerfile use network.host (RUN --network=host) or security.insecure (RUN --security=insecure)',
  },
  'build-arg-file': { kind: 'list', value: 'file', help: 'Set ARGs from a file of key=value lines', completes: 'file' },
  memory: { kind: 'string', short: 'm', value: 'bytes', help: 'Memory limit of each RUN step, such as 512m' },
  'memory-swap': { kind: 'string', value: 'bytes', help: 'Memory and swap of each RUN step together; -1 for any swap' },
  'cpu-quota': { kind: 'string', value: 'microseconds', help: 'CPU time of each RUN step in each period' },
  'cpu-period': {
    kind: 'string',
    value: 'microseconds',
    help: 'Period over which --cpu-quota counts (default 100000)',
  },
  'cpu-shares': {
    kind: 'string',
    short: 'c',
    value: 'number',
    help: 'CPU shares of RUN steps, relative weight',
  },
  'cpuset-cpus': { kind: 'string', value: 'list', help: 'CPUs that RUN steps may use, such as 0-3 or 0,1' },
  resource: {
    kind: 'list',
    value: 'limit=…',
    help: 'Limits of RUN steps by name: memory=512m,cpu-shares=512',
  },
  'shm-size': { kind: 'string', value: 'bytes', help: 'Size of /dev/shm in RUN steps (default 64m)' },
  ulimit: { kind: 'list', value: 'name=soft[:hard]', help: 'A resource limit of RUN steps, such as nofile=1024:2048' },
  'cgroup-parent': { kind: 'string', value: 'path', help: 'An existing cgroup in which those of RUN steps are made' },
  label: { kind: 'list', value: 'key=value', help: 'Set a label of the image' },
  annotation: {
    kind: 'list',
    value: 'key=value',
    help: 'Set an annotation of what is pushed or written by -o type=oci: of the manifest, or of manifest:, index:, manifest-descriptor: or index-descriptor:, perhaps of one platform, as manifest[linux/arm64]:key=value',
  },
  provenance: {
    kind: 'string',
    value: 'true|mode=min|max',
    help: 'Put beside the image, in an index, how it was made; for --push and -o type=oci; also version=v1|v0.2 and builder-id=',
  },
  attest: { kind: 'list', value: 'type=provenance,…', help: 'The same as --provenance' },
  sbom: { kind: 'string', hidden: true, help: 'The packages of an image are not listed; false is accepted' },
  iidfile: { kind: 'string', value: 'file', help: 'Write the image id to a file', completes: 'file' },
  'metadata-file': {
    kind: 'string',
    value: 'file',
    help: 'Write digests and names of the result to a file',
    completes: 'file',
  },
  progress: {
    kind: 'string',
    default: 'auto',
    env: 'BUILDKIT_PROGRESS',
    choices: ['auto', 'plain', 'tty', 'quiet', 'none', 'rawjson'],
    help: 'How progress is shown on standard error',
  },
  explain: {
    kind: 'string',
    bare: 'text',
    value: 'text|json',
    choices: ['text', 'json'],
    help: 'Tell for each step why it was taken from the cache or was not; json goes to standard output',
  },
  quiet: { kind: 'bool', short: 'q', help: 'Show no progress, print the image id' },
  call: {
    kind: 'string',
    default: 'build',
    value: 'method',
    help: 'What to do with the Dockerfile: build, check, outline, targets, or subrequests.describe for a list of these; with ,format=json the answer is JSON; check also has format=sarif and format=junit',
  },
  check: { kind: 'bool', help: 'Check the Dockerfile and build nothing; the same as --call=check' },
  'exit-code-from-run': {
    kind: 'bool',
    default: 'true',
    help: "A failed RUN step's own exit code is that of the build; else it is 1",
  },
  rm: accepted('steps leave no containers behind'),
  'force-rm': accepted('steps leave no containers behind'),
  compress: accepted('the context is not sent anywhere'),
  'disable-content-trust': accepted('content trust is not used'),
  policy: refused('list', 'policies are not evaluated', ['disabled=true']),
  squash: refused('bool', 'layers are not merged; several stages and COPY --from give one layer'),
  builder: refused('string', 'there is one builder, this program', ['default']),
  'cpuset-mems': refused('string', 'memory nodes of steps are not limited; --cpuset-cpus limits their CPUs', ['']),
  isolation: refused('string', 'steps always run in namespaces', ['default']),
  'security-opt': refused('list', "steps run with Docker's default profile"),
} as const satisfies FlagTable

/** Known to docker, and makes no difference here. */
function accepted(why: string) {
  return { kind: 'bool', hidden: true, help: `Accepted and without effect: ${why}` } as const
}

function refused<K extends 'bool' | 'string' | 'list'>(kind: K, reason: string, harmless: readonly string[] = []) {
  return { kind, hidden: true, help: reason, refused: { reason, harmless } } as const
}
