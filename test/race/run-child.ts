import { type ChildProcess, spawn } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { build } from 'esbuild'
import { afterAll, beforeAll } from 'vitest'
import { findBinary } from '../../sandbox-native/driver/index.ts'

/** Compiles a script of this folder before the tests; returns a function that starts it in a separate process. */
export function useScript(
  name: string,
): (args: readonly string[], env?: Readonly<Record<string, string>>) => ChildProcess {
  const folder = mkdtempSync(join(tmpdir(), 'tsbuild-race-'))
  const outfile = join(folder, 'script.mjs')
  beforeAll(async () => {
    await build({
      entryPoints: [join(import.meta.dirname, name)],
      outfile,
      bundle: true,
      format: 'esm',
      platform: 'node',
      logLevel: 'error',
      banner: {
        js: "import { createRequire as makeRequire } from 'node:module'; const require = makeRequire(import.meta.url)",
      },
    })
  })
  afterAll(() => rmSync(folder, { recursive: true }))
  return (args, env = {}) =>
    spawn(process.execPath, [outfile, ...args], {
      env: { PATH: process.env['PATH'], TSBUILD_SANDBOX: findBinary(process.env), ...env },
      stdio: ['pipe', 'pipe', 'inherit'],
    })
}

/** How the process ended: its signal, or its exit code. */
export function ended(child: ChildProcess): Promise<NodeJS.Signals | number | null> {
  return new Promise((resolve, reject) => {
    child.on('error', reject)
    child.on('close', (code, signal) => resolve(signal ?? code))
  })
}

export function firstLine(child: ChildProcess): Promise<string> {
  return new Promise((resolve, reject) => {
    let text = ''
    child.stdout?.on('data', (chunk: Buffer) => {
      text += chunk.toString()
      if (text.includes('\n')) resolve(text.slice(0, text.indexOf('\n')))
    })
    child.stdout?.on('end', () => reject(new Error(`ended before it printed a line: ${text}`)))
  })
}
