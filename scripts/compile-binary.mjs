// Compiles the native binary for an architecture, by node's name. Any other than this machine's requires its standard
// library of Rust (rustup target add) and a C cross compiler (Debian: gcc-aarch64-linux-gnu).
import { spawnSync } from 'node:child_process'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

const crate = join(dirname(dirname(fileURLToPath(import.meta.url))), 'sandbox-native')
const MACHINES = { x64: 'x86_64', arm64: 'aarch64' }

/** Returns the path of the binary, or why it cannot be compiled here. */
export function compileBinary(architecture) {
  const cross = architecture === process.arch ? { words: [], env: {} } : crossCompiler(architecture)
  if (cross.refused !== undefined) return cross
  const cargo = spawnSync(
    'cargo',
    ['build', '--release', '--locked', '--message-format=json-render-diagnostics', ...cross.words],
    {
      cwd: crate,
      env: { ...process.env, ...cross.env },
      stdio: ['ignore', 'pipe', 'inherit'],
      maxBuffer: 64 << 20,
      encoding: 'utf8',
    },
  )
  if (cargo.error) return { refused: 'cargo is not installed (Rust 1.91 or newer is needed)' }
  if (cargo.status !== 0) process.exit(cargo.status ?? 1)
  return { path: executableIn(cargo.stdout) }
}

function crossCompiler(architecture) {
  const machine = MACHINES[architecture]
  const target = `${machine}-unknown-linux-gnu`
  const linker = `${machine}-linux-gnu-gcc`
  const library = spawnSync('rustc', ['--print', 'target-libdir', '--target', target], { encoding: 'utf8' })
  if (library.status !== 0 || spawnSync('test', ['-d', library.stdout.trim()]).status !== 0)
    return { refused: `Rust has no standard library for ${target} (rustup target add ${target})` }
  if (spawnSync(linker, ['--version']).error)
    return { refused: `"${linker}" is not installed (Debian: gcc-${machine.replace('_', '-')}-linux-gnu)` }
  const variable = `CARGO_TARGET_${target.toUpperCase().replaceAll('-', '_')}_LINKER`
  return { words: ['--target', target], env: { [variable]: linker } }
}

function executableIn(messages) {
  return messages
    .split('\n')
    .filter((line) => line.startsWith('{'))
    .map((line) => JSON.parse(line))
    .findLast((message) => message.reason === 'compiler-artifact' && message.executable)?.executable
}
