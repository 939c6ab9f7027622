// `node bench/language.mjs`: parsing and planning of Dockerfiles, and scans of contexts, each in a fresh process.
import { execFileSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { build } from 'esbuild'

const self = fileURLToPath(import.meta.url)
const repository = resolve(import.meta.dirname, '..')
const TARGETS = {
  'parse and plan 1,000 lines': 30,
  'the same, and the build checks': '',
  'parse and plan 200 stages': 100,
  'scan 100,000 files, cold': 2000,
  'scan 100,000 files, warm': 400,
}

/** A realistic piece: 25 lines, six instructions. */
const block = (index) => `# What group ${index} needs
ARG VERSION_${index}=1.${index}
RUN --mount=type=cache,target=/var/cache/apt,sharing=locked \\
    apt-get update \\
 && apt-get install -y --no-install-recommends \\
      build-essential \\
      # for the tests
      curl=7.88.${index} \\
      git \\
      libssl-dev=\${VERSION_${index}} \\
 && rm -rf /var/lib/apt/lists/*

ENV PATH_${index}="/opt/tool-${index}/bin" \\
    HOME_${index}=\${HOME:-/root}

WORKDIR /src/${index}
COPY --chown=1000:1000 package-${index}.json lock-${index}.json ./
# Built as its authors say
RUN <<EOF
set -e
./configure --prefix=/opt/tool-${index}
make -j2
make install
EOF

`

const [task, tempDirectory] = process.argv.slice(2)
if (task === undefined) await measureAll()
else process.stdout.write(String(await tasks()[task](tempDirectory)))

async function measureAll() {
  const tempDirectory = mkdtempSync(join(tmpdir(), 'tsbuild-bench-'))
  try {
    await bundle(tempDirectory)
    makeFiles(join(tempDirectory, 'files'))
    console.log('| task | ms | target, ms |')
    console.log('|---|---|---|')
    for (const [name, targetMs] of Object.entries(TARGETS)) {
      const rounds = name.endsWith('cold') ? 3 : 7
      const times = Array.from({ length: rounds }, () =>
        Number(execFileSync(process.execPath, [self, name, tempDirectory])),
      )
      console.log(`| ${name} | ${times.sort((one, other) => one - other)[rounds >> 1].toFixed(0)} | ${targetMs} |`)
    }
  } finally {
    rmSync(tempDirectory, { recursive: true, force: true })
  }
}

/** Uses the rooms directly, without the command line. */
async function bundle(tempDirectory) {
  await build({
    absWorkingDir: repository,
    stdin: {
      contents: `export { planningRequest, planRequest } from './builder/pipeline/plan-request.ts'
export { planBuild } from './builder/plan/plan-build.ts'
export { parseDockerfile } from './parser/index.ts'
export { openNative } from './sandbox-native/driver/index.ts'`,
      resolveDir: repository,
      loader: 'ts',
    },
    bundle: true,
    platform: 'node',
    format: 'cjs',
    outfile: join(tempDirectory, 'rooms.cjs'),
    define: { 'import.meta.dirname': JSON.stringify(join(repository, 'dist')), 'import.meta.filename': '__filename' },
  })
}

function tasks() {
  const { parseDockerfile, planningRequest, planBuild, planRequest, openNative } = createRequire(self)(
    join(tempDirectory, 'rooms.cjs'),
  )
  const inputs = { request: { context: { kind: 'empty' } }, namedContexts: {}, baseImages: {}, ignorePatterns: [] }
  const { signal } = new AbortController()
  const check = (text) => planRequest({ ...inputs, source: { name: 'Dockerfile', text } }, signal)
  const plan = async (text) => planBuild(planningRequest(parseDockerfile(text).dockerfile, inputs), new Map())
  const started = async (task, text) => {
    await check(longFile(25)) // sets up the grammars
    return timed(() => task(text))
  }
  const scan = async (forget) => {
    const statCache = join(tempDirectory, 'stat-cache')
    if (forget) rmSync(statCache, { force: true })
    const source = { kind: 'directory', root: join(tempDirectory, 'files'), ignore: ['**/*.log'], statCache }
    const { trees } = openNative()
    return timed(() => trees.digest({ items: [{ source, selection: { paths: ['.'] } }] }))
  }
  return {
    'parse and plan 1,000 lines': () => started(plan, longFile(1000)),
    'the same, and the build checks': () => started(check, longFile(1000)),
    'parse and plan 200 stages': () => started(plan, manyStages(200)),
    'scan 100,000 files, cold': () => scan(true),
    'scan 100,000 files, warm': () => scan(false),
  }
}

async function timed(task) {
  const startedAtMs = performance.now()
  await task()
  return performance.now() - startedAtMs
}

function longFile(lines) {
  return ['FROM scratch', ...Array.from({ length: Math.floor(lines / 25) }, (_, index) => block(index))].join('\n')
}

function manyStages(count) {
  const stage = (index) =>
    [
      `FROM ${index === 0 ? 'scratch' : `stage${index - 1}`} AS stage${index}`,
      `RUN echo ${index} > /file`,
      ...(index === 0 ? [] : [`COPY --from=stage${index >> 1} /file /copy-${index}`]),
    ].join('\n')
  return `${Array.from({ length: count }, (_, index) => stage(index)).join('\n')}\n`
}

function makeFiles(directory) {
  for (let folder = 0; folder < 500; folder += 1) {
    const path = join(directory, `folder-${folder}`)
    mkdirSync(path, { recursive: true })
    for (let index = 0; index < 200; index += 1) writeFileSync(join(path, `file-${index}`), `${folder} ${index}\n`)
  }
}
