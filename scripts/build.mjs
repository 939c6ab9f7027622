// Compiles everything: the native binary (cargo), the bundles (esbuild). `--fast` leaves out the binary.
import { spawnSync } from 'node:child_process'
import { chmodSync, copyFileSync, mkdirSync, readFileSync, renameSync, rmSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { build } from 'esbuild'

const root = dirname(dirname(fileURLToPath(import.meta.url)))
const dist = join(root, 'dist')
const { version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'))
const isFast = process.argv.includes('--fast')

mkdirSync(dist, { recursive: true })
if (!isFast) buildBinary()
await buildBundles()

function buildBinary() {
  const crate = join(root, 'sandbox-native')
  const cargo = spawnSync('cargo', ['build', '--release', '--locked', '--message-format=json-render-diagnostics'], {
    cwd: crate,
    stdio: ['ignore', 'pipe', 'inherit'],
    maxBuffer: 64 << 20,
    encoding: 'utf8',
  })
  if (cargo.error) {
    console.error('Cannot compile the sandbox binary: cargo is not installed (Rust 1.85 or newer is needed)')
    process.exit(1)
  }
  if (cargo.status !== 0) process.exit(cargo.status ?? 1)
  const executable = cargo.stdout
    .split('\n')
    .filter((line) => line.startsWith('{'))
    .map((line) => JSON.parse(line))
    .findLast((message) => message.reason === 'compiler-artifact' && message.executable)?.executable
  const fresh = join(dist, `.tsbuild-sandbox.${process.pid}`)
  copyFileSync(executable, fresh)
  chmodSync(fresh, 0o755)
  renameSync(fresh, join(dist, 'tsbuild-sandbox')) // a running binary can't be overwritten, but replaced
}

async function buildBundles() {
  rmSync(join(dist, 'chunks'), { recursive: true, force: true })
  await build({
    absWorkingDir: root,
    entryPoints: { cli: 'cli/main.ts', api: 'builder/index.ts' },
    outdir: 'dist',
    bundle: true,
    splitting: true,
    chunkNames: 'chunks/[name]-[hash]',
    format: 'esm',
    platform: 'node',
    target: 'node20.19',
    minifySyntax: true,
    sourcemap: 'linked',
    define: { TSBUILD_VERSION: JSON.stringify(version) },
    banner: {
      js: "import { createRequire as __createRequire } from 'node:module'; const require = __createRequire(import.meta.url);",
    },
    logLevel: 'warning',
  })
}
