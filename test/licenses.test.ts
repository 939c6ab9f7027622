import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'

const root = join(import.meta.dirname, '..')

/** Permissive, or weak copyleft that allows unchanged linking. SPEC: SPDX identifiers. */
const ALLOWED = new Set(
  '0BSD Apache-2.0 BSD-2-Clause BSD-3-Clause BlueOak-1.0.0 BSL-1.0 CC0-1.0 CC-BY-3.0 CC-BY-4.0 ISC MIT MPL-2.0 PostgreSQL Python-2.0 Unicode-3.0 Unlicense Zlib bzip2-1.0.6'.split(
    ' ',
  ),
)
/** Packages that state the license only in their README. */
const NAMED_ELSEWHERE: Readonly<Record<string, string>> = { 'humanize-number': 'MIT', only: 'MIT' }

/** Crates for other systems are not available offline. */
const TARGET = `${process.arch === 'arm64' ? 'aarch64' : 'x86_64'}-unknown-linux-gnu`

interface Package {
  readonly name: string
  readonly license: string
}

test('every crate has an allowed license and a source in the registry', () => {
  const words = ['metadata', '--format-version=1', '--locked', '--offline', '--filter-platform', TARGET]
  const output = execFileSync('cargo', words, { cwd: join(root, 'sandbox-native'), maxBuffer: 1 << 28 })
  const { packages } = JSON.parse(output.toString()) as {
    packages: readonly { name: string; license: string | null; source: string | null; manifest_path: string }[]
  }
  const foreign = packages.filter(({ source }) => source !== null)
  expect(foreign.length).toBeGreaterThan(30)
  expect(foreign.filter(({ source }) => !source?.startsWith('registry+')).map(({ name }) => name)).toEqual([])
  expect(breaches(packages.map(({ name, license }) => ({ name, license: license ?? '' })))).toEqual([])
})

test('every npm package has an allowed license and a digest', () => {
  const { packages } = JSON.parse(readFileSync(join(root, 'package-lock.json'), 'utf8')) as {
    packages: Readonly<Record<string, { license?: string; integrity?: string; link?: boolean }>>
  }
  const found = Object.entries(packages).filter(([path]) => path !== '')
  expect(found.length).toBeGreaterThan(50)
  expect(found.filter(([, { integrity }]) => integrity === undefined).map(([path]) => path)).toEqual([])
  const named = found.map(([path, { license }]) => {
    const name = path.replace(/^.*node_modules\//, '')
    return { name, license: NAMED_ELSEWHERE[name] ?? license ?? licenseOnDisk(path) }
  })
  expect(breaches(named)).toEqual([])
})

/** Old packages state it in forms that the lock file omits. */
function licenseOnDisk(path: string): string {
  try {
    const { license, licenses } = JSON.parse(readFileSync(join(root, path, 'package.json'), 'utf8'))
    return license?.type ?? license ?? licenses?.map(({ type }: { type: string }) => type).join(' OR ') ?? ''
  } catch {
    return ''
  }
}

function breaches(packages: readonly Package[]): string[] {
  return packages
    .filter(({ license }) => !isAllowed(license))
    .map(({ name, license }) => `${name}: ${license || 'no license'}`)
}

/** SPEC: SPDX expressions, and cargo's older `/`. None of ours has nested parentheses. */
function isAllowed(expression: string): boolean {
  const plain = expression.replace(/\(([^()]*)\)/g, (_, inner: string) => (isAllowed(inner) ? 'MIT' : 'refused'))
  const isOne = (id: string) => ALLOWED.has(id.trim().replace(/ WITH LLVM-exception$/, ''))
  return plain.split(/ OR |\//).some((choice) => choice.split(' AND ').every(isOne))
}
