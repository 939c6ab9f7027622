import { rawTar } from '../support/raw-tar.ts'

/** Mistakes of users: one build for each error code that a build can end with. */
export interface Mistake {
  /** REGISTRY is replaced by the address of the broken registry. */
  readonly dockerfile: string
  readonly flags?: readonly string[]
  /** Other files in the context. */
  readonly files?: Readonly<Record<string, string | Buffer>>
  /** Links in the context. */
  readonly links?: Readonly<Record<string, string>>
  readonly env?: Readonly<Record<string, string>>
  /** Ctrl-C is sent when the build prints this. */
  readonly interruptedAt?: string
}

const lines = (...text: readonly string[]): string => `${text.join('\n')}\n`
const on = (...text: readonly string[]): Mistake => ({ dockerfile: lines('FROM scratch', ...text) })
const run = (...text: readonly string[]): Mistake => ({ dockerfile: lines('FROM busybox', ...text) })

export const MISTAKES: Readonly<Record<string, Mistake>> = {
  PARSE_BAD_CHECK: { dockerfile: lines('# check=skpi=all', 'FROM scratch', 'LABEL a=b') },
  PARSE_BAD_ESCAPE: { dockerfile: lines('# escape=x', 'FROM scratch') },
  PARSE_BAD_FROM: { dockerfile: lines('FROM busybox as') },
  PARSE_BAD_HEALTHCHECK: on('HEALTHCHECK SOMETIMES true'),
  PARSE_BAD_IGNORE_PATTERN: { ...on('COPY . /'), files: { '.dockerignore': 'good\n[a-\n' } },
  PARSE_BAD_MOUNT: run(`RUN --mount='type=bind,"target=/a' true`),
  PARSE_BAD_PAIR: on('ENV a=b', 'LABEL =c'),
  PARSE_BAD_STAGE_NAME: { dockerfile: lines('FROM scratch AS 1st') },
  PARSE_BAD_TRIGGER: on('ONBUILD FROM busybox'),
  PARSE_BEFORE_FROM: { dockerfile: lines('RUN true', 'FROM busybox') },
  PARSE_DUPLICATE_DIRECTIVE: { dockerfile: lines('# escape=`', '# escape=`', 'FROM scratch') },
  PARSE_DUPLICATE_FLAG: on('COPY --chown=1 --chown=2 a /'),
  PARSE_EXTRA_TEXT: { dockerfile: lines('FROM trigger/extra') },
  PARSE_FLAG_VALUE: run('RUN --network=hots true'),
  PARSE_FOREIGN_SYNTAX: { dockerfile: lines('# syntax=example.com/hlb', 'FROM scratch') },
  PARSE_HEREDOC_DESTINATION: on('COPY a <<EOF', 'text', 'EOF'),
  PARSE_IGNORED_FLAG: on('HEALTHCHECK --interval=5s NONE'),
  PARSE_JSON_NOT_STRINGS: on('CMD ["a", 1]'),
  PARSE_LINE_TOO_LONG: on(`LABEL a=${'x'.repeat(70_000)}`),
  PARSE_MISSING_ARGUMENT: on('COPY a'),
  PARSE_NO_INSTRUCTION: { dockerfile: lines('FROM trigger/empty') },
  PARSE_NO_STAGE: { dockerfile: lines('ARG A=1') },
  PARSE_SHELL_NOT_JSON: on('SHELL bash -c'),
  'quoted-instruction': on('"RUN" true'),
  PARSE_UNKNOWN_FLAG: on('COPY --chwon=1 a /'),
  PARSE_UNKNOWN_INSTRUCTION: on('COYP a /'),
  PARSE_UNTERMINATED_HEREDOC: run('RUN <<EOF', 'true'),
  PARSE_VARIABLE_IN_FROM: on('ARG S=busybox', 'COPY --from=$S /a /'),
  PLAN_BASE_EMPTY: { dockerfile: lines('FROM $NONE') },
  PLAN_BASE_INVALID: { dockerfile: lines('FROM example.com/App') },
  PLAN_EXPANSION: on('ENV a="${b:?must be given}"'),
  PLAN_FLAG_VALUE: on('COPY --chmod=9 a /'),
  PLAN_HEREDOC_INVALID: on('COPY <<a/b /x', 'text', 'a/b'),
  PLAN_MOUNT_INVALID: run('RUN --mount=type=bnid,target=/a true'),
  PLAN_ONBUILD_INVALID: { dockerfile: lines('FROM busybox AS parent', 'ONBUILD RNU true', 'FROM parent') },
  PLAN_PLATFORM_INVALID: { dockerfile: lines('FROM --platform=linux/arm/v7/x busybox') },
  PLAN_SOURCE_INVALID: on('COPY https://example.com/a /'),
  PLAN_STAGE_CYCLE: { dockerfile: lines('FROM busybox AS a', 'COPY --from=b /x /', 'FROM a AS b', 'RUN true') },
  PLAN_STAGE_FORWARD: {
    dockerfile: lines('FROM busybox AS early', 'COPY --from=late /x /', 'FROM busybox AS late'),
    flags: ['--target', 'early'],
  },
  PLAN_STAGE_SELF: { dockerfile: lines('FROM busybox AS a', 'COPY --from=a /x /') },
  PLAN_STAGE_UNKNOWN: on('COPY --from=7 /x /'),
  PLAN_TARGET_UNKNOWN: {
    dockerfile: lines('FROM scratch AS release', 'FROM scratch AS tests'),
    flags: ['--target', 'relase'],
  },
  PLAN_VALUE_INVALID: on('EXPOSE 80/tpc'),
  PLAN_EPOCH_INVALID: {
    dockerfile: lines('ARG SOURCE_DATE_EPOCH=source', 'FROM scratch AS sources', 'ADD http://127.0.0.1:1/a /'),
  },
  'epoch-of-build-argument': { ...on('COPY a /'), flags: ['--build-arg', 'SOURCE_DATE_EPOCH=now'] },
  'epoch-before-the-year-0': { ...on('COPY a /'), flags: ['--build-arg', 'SOURCE_DATE_EPOCH=-62167219201'] },
  'epoch-of-a-stage-from-an-image': {
    dockerfile: lines('ARG SOURCE_DATE_EPOCH=a', 'FROM busybox AS a', 'ADD http://127.0.0.1:1/a /'),
  },
  'epoch-of-a-stage-that-copies': {
    dockerfile: lines('ARG SOURCE_DATE_EPOCH=a', 'FROM scratch AS a', 'COPY a /'),
  },
  'epoch-of-a-stage-without-add': { dockerfile: lines('ARG SOURCE_DATE_EPOCH=a', 'FROM scratch AS a', 'ARG B') },
  'epoch-of-a-stage-with-two-adds': {
    dockerfile: lines(
      'ARG SOURCE_DATE_EPOCH=a',
      'FROM scratch AS a',
      'ADD http://127.0.0.1:1/a /',
      'ADD http://127.0.0.1:1/b /',
    ),
  },
  'epoch-of-a-stage-with-two-sources': {
    dockerfile: lines('ARG SOURCE_DATE_EPOCH=a', 'FROM scratch AS a', 'ADD http://127.0.0.1:1/a b /'),
  },
  'epoch-of-a-stage-with-a-local-file': {
    dockerfile: lines('ARG SOURCE_DATE_EPOCH=a', 'FROM scratch AS a', 'ADD b /'),
  },
  'epoch-that-is-not-there': {
    dockerfile: lines('ARG SOURCE_DATE_EPOCH=context', 'FROM scratch', 'LABEL a=b'),
    flags: ['-o', 'type=oci,dest=/nowhere/out.tar,rewrite-timestamp=true'],
  },
  'epoch-of-a-download-that-fails': {
    dockerfile: lines('ARG SOURCE_DATE_EPOCH=a', 'FROM scratch AS a', 'ADD http://127.0.0.1:1/a /'),
  },
  BUILD_BASE_UNRESOLVED: { dockerfile: lines('FROM 127.0.0.1:1/none') },
  BUILD_CANCELLED: { ...run('RUN echo begun && exec sleep 600'), interruptedAt: ' begun' },
  BUILD_CONTEXT_BAD: { ...on('COPY . /'), files: { '.dockerignore': '!\n' } },
  BUILD_DOCKERFILE_MISSING: { ...on(), flags: ['-f', 'Dockerflie'] },
  BUILD_FILE_MISSING: { ...on('COPY packge.json /'), files: { 'package.json': '{}' } },
  BUILD_GIT_FAILED: on('ADD git://127.0.0.1:1/project.git /'),
  BUILD_NOT_SUPPORTED: { ...on(), flags: ['--build-context', 'a=ftp://example.com/'] },
  BUILD_REFUSED: run('RUN --security=insecure true'),
  BUILD_RUN_FAILED: run('RUN echo before && exit 3'),
  BUILD_SECRET_MISSING: run('RUN --mount=type=secret,id=token,required true'),
  BUILD_CONTEXT_MISSING: { ...on('COPY --from=a x /'), flags: ['--build-context', 'a=/nowhere'] },
  BUILD_DOWNLOAD_FAILED: on(`ADD --checksum=sha256:${'0'.repeat(64)} http://REGISTRY/file /`),
  BUILD_GIT_DENIED: on('ADD http://REGISTRY/private.git /'),
  STORE_BAD_VERSION: { ...on('LABEL a=b'), files: { version: '99\n' }, env: { TSBUILD_ROOT: 'CONTEXT' } },
  STORE_IO: { ...on('LABEL a=b'), files: { version: '1\n', 'lock/x': '' }, env: { TSBUILD_ROOT: 'CONTEXT' } },
  ARCHIVE_WRITE_FAILED: { ...on('COPY Dockerfile /'), flags: ['-o', 'type=tar,dest=CONTEXT/Dockerfile/x.tar'] },
  REGISTRY_BAD_REFERENCE: on('COPY --from=example.com/App /a /'),
  REGISTRY_UNAVAILABLE: on('ADD http://127.0.0.1:1/file /'),
  REGISTRY_UNAUTHORIZED: { dockerfile: lines('FROM REGISTRY/private') },
  REGISTRY_DENIED: { dockerfile: lines('FROM REGISTRY/denied') },
  REGISTRY_NOT_FOUND: { dockerfile: lines('FROM REGISTRY/none:1') },
  REGISTRY_TOO_MANY_REQUESTS: { dockerfile: lines('FROM REGISTRY/busy') },
  REGISTRY_BAD_RESPONSE: { dockerfile: lines('FROM REGISTRY/nonsense') },
  REGISTRY_REFUSED: {
    ...on('LABEL a=b'),
    flags: ['--push', '-t', 'REGISTRY/refused'],
    env: { SOURCE_DATE_EPOCH: '0' },
  },
  REGISTRY_DIGEST_MISMATCH: { dockerfile: lines(`FROM REGISTRY/changed@sha256:${'0'.repeat(64)}`) },
  REGISTRY_UNSUPPORTED: { dockerfile: lines('FROM REGISTRY/old') },
  REGISTRY_NO_PLATFORM: { dockerfile: lines('FROM --platform=linux/amd64 REGISTRY/arm') },
  REGISTRY_BAD_CREDENTIALS: {
    dockerfile: lines('FROM REGISTRY/private'),
    files: { 'config.json': '{ "auths": [' },
    env: { DOCKER_CONFIG: 'CONTEXT' },
  },
  SANDBOX_BINARY_MISSING: { ...run('RUN true'), env: { TSBUILD_SANDBOX: '/nowhere' } },
  SANDBOX_COMMAND_MISSING: on('RUN make'),
  'program-missing': run('RUN ["mkae"]'),
  SANDBOX_COMMAND_REFUSED: run('RUN ["/etc/passwd"]'),
  SANDBOX_LIMIT: { ...run('RUN true'), flags: ['--ulimit', 'nofile=9999999999'] },
  SANDBOX_TARGET: run('RUN --mount=type=bind,target=/bin/busybox true'),
  SANDBOX_USER: run('USER wbe', 'RUN true'),
  TREE_ARCHIVE: {
    ...on('ADD cut.tar /'),
    files: { 'cut.tar': rawTar([{ name: 'a', data: 'x'.repeat(2000) }]).subarray(0, 1500) },
  },
  TREE_DESTINATION: run('WORKDIR /etc/passwd/sub'),
  TREE_LINKS: { ...on('COPY a/file /'), links: { a: 'b', b: 'a' } },
  TREE_PATTERN: { ...on('COPY --exclude=[a- . /') },
  CLI_USAGE: { ...on('LABEL a=b'), flags: ['--taget', 'release'] },
  CLI_UNSUPPORTED: { ...on('LABEL a=b'), flags: ['--builder', 'other'] },
  CLI_INPUT_MISSING: { ...on('LABEL a=b'), flags: ['--build-arg-file', '/nowhere'] },
  CLI_OUTPUT_FAILED: { ...on('LABEL a=b'), flags: ['--iidfile', '/nowhere/id'] },
  'dockerfile-beside-context': {
    ...on(),
    files: { 'Dockerfile.dev': 'FROM scratch\n' },
    flags: ['-f', 'Dockerfile.dev'],
  },
  'copy-from-path': on('COPY --from=../../etc /passwd /'),
}

const LOAD = 'load and import only'
const CONTAINERS = 'containers only'
const IMAGES = 'commands about images only'
const FAULT = 'a fault of tsbuild itself'
const HOST = 'something that the host refuses'
const DISK = 'a full disk'
const DAMAGE = 'a damaged store or image'
const SIGN = 'of sign and verify: test/end-to-end/signing.test.ts'

/** Error codes that no build can end with, and the reason. */
export const NO_MISTAKE: Readonly<Record<string, string>> = {
  ARCHIVE_BAD: LOAD,
  ARCHIVE_DIGEST_MISMATCH: LOAD,
  ARCHIVE_TOO_LARGE: LOAD,
  BUILD_OUTPUT_FAILED: 'callers of the library only: the command line reports CLI_USAGE',
  BUILD_SECRET_FOUND: 'shown with secrets: test/end-to-end/scan-secrets.test.ts',
  CACHE_READ_FAILED: 'shown with remote caches: test/end-to-end/remote-cache.test.ts',
  CACHE_WRITE_FAILED: 'shown with remote caches: test/end-to-end/remote-cache.test.ts',
  PARSE_SYNTAX: 'no known text has this error: it is kept in case the grammar refuses one',
  REGISTRY_BAD_CERTIFICATE: 'shown with generated certificates: test/registry/tls.test.ts',
  REGISTRY_BAD_CONFIG: 'shown with configuration files of the registries: test/registry/settings',
  SANDBOX_ABORTED: 'reported as BUILD_CANCELLED',
  SANDBOX_CAPABILITY: HOST,
  SANDBOX_CGROUP: HOST,
  SANDBOX_COMMAND: FAULT,
  SANDBOX_CONFINE: HOST,
  SANDBOX_CRASHED: FAULT,
  SANDBOX_ENTER: CONTAINERS,
  SANDBOX_FULL: DISK,
  SANDBOX_LOCK: HOST,
  SANDBOX_MOUNT: HOST,
  SANDBOX_NETWORK: HOST,
  SANDBOX_OUTPUT: 'output of exec on a full disk: test/attack/terminals/caller-streams.test.ts',
  SANDBOX_PROBE: 'doctor only',
  SANDBOX_PROTOCOL: FAULT,
  SANDBOX_REQUEST: FAULT,
  SANDBOX_SECCOMP: HOST,
  SANDBOX_START: HOST,
  SANDBOX_SYSCTL: CONTAINERS,
  SANDBOX_TERMINAL: CONTAINERS,
  SANDBOX_USER_NAMESPACE: HOST,
  SANDBOX_VERSION: 'a binary of another version',
  SIGNING_BAD_KEY: SIGN,
  SIGNING_BAD_PREDICATE: SIGN,
  SIGNING_BAD_SIGNATURE: SIGN,
  SIGNING_UNSIGNED: SIGN,
  SIGNING_WRONG_PASSWORD: SIGN,
  STORE_AMBIGUOUS_ID: IMAGES,
  STORE_BAD_DIGEST: FAULT,
  STORE_BAD_DOCUMENT: DAMAGE,
  STORE_BAD_LAYER: DAMAGE,
  STORE_BLOB_MISSING: DAMAGE,
  STORE_BUSY: 'system reset only: builds share the lock',
  STORE_DENIED: HOST,
  STORE_DIGEST_MISMATCH: DAMAGE,
  STORE_FULL: DISK,
  STORE_IMAGE_IN_USE: IMAGES,
  STORE_IMAGE_MISSING: IMAGES,
  STORE_LAYER_MISSING: DAMAGE,
  STORE_LAYER_UNREACHABLE: 'shown with remote caches: test/end-to-end/remote-cache.test.ts',
  STORE_READ_ONLY: HOST,
  STORE_SIZE_MISMATCH: DAMAGE,
  TREE_CHANGED: 'a file that changes while it is read',
  TREE_DIGEST: DAMAGE,
  TREE_LIMIT: 'an image of ten million files',
  TREE_MISSING: 'reported as BUILD_FILE_MISSING',
  TREE_MODE: 'reported as PLAN_FLAG_VALUE',
  TREE_OWNER: 'users with too few subordinate ids: docs/rootless.md',
  TREE_READ: HOST,
  TREE_REMOVE: HOST,
  TREE_TORN: DAMAGE,
  TREE_WRITE: HOST,
}
