import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { dirname, join, relative, resolve } from 'node:path'
import { describe, expect, test } from 'vitest'

const root = resolve(import.meta.dirname, '..')

/** Rooms from the bottom up: room → rooms it may import, through their entry points only. */
const NOUNS = ['image-spec', 'notation']
const FOUNDATIONS = [
  'errors',
  ...NOUNS,
  'parser',
  'sandbox-native',
  'layer-store',
  'registry',
  'images',
  'sbom',
  'secret-scan',
  'signing',
  'cdi',
]
const MAY_IMPORT: Readonly<Record<string, readonly string[]>> = {
  errors: [],
  'image-spec': ['errors'],
  notation: [],
  parser: [...NOUNS],
  'sandbox-native': ['errors'],
  'layer-store': ['errors', 'image-spec'],
  registry: ['errors', ...NOUNS, 'layer-store'],
  images: ['errors', ...NOUNS, 'layer-store', 'registry', 'sandbox-native'],
  sbom: ['errors', ...NOUNS, 'layer-store', 'sandbox-native'],
  'secret-scan': ['errors', ...NOUNS, 'layer-store', 'sandbox-native'],
  signing: ['errors', ...NOUNS, 'layer-store', 'registry'],
  cdi: ['errors'],
  builder: FOUNDATIONS,
  container: [...FOUNDATIONS, 'builder'],
  engine: [...FOUNDATIONS, 'builder', 'container'],
  server: [...FOUNDATIONS, 'builder', 'container', 'engine'],
  cli: [...FOUNDATIONS, 'builder', 'container', 'engine', 'server'],
}

const DOORS: Readonly<Record<string, string>> = { 'sandbox-native': 'sandbox-native/driver/index.ts' }

/** npm package → the only folders that may import it. */
const PACKAGE_HOMES: Readonly<Record<string, string | readonly string[]>> = {
  chevrotain: 'parser/',
  'spdx-expression-parse': 'sbom/',
  '@noble/ciphers/salsa.js': 'signing/keys/',
  undici: 'registry/transport/',
  'string-width': 'builder/report/',
  hono: 'server/',
  '@hono/node-server': 'server/',
  pg: 'server/',
  'pg-boss': 'server/',
  pino: 'server/',
  'prom-client': 'server/',
  valibot: ['server/', 'signing/'],
  preact: 'server/web/',
  'preact/hooks': 'server/web/',
}

/** The page runs in a browser, where entry points could load Node modules. */
const PAGE_IMPORTS = ['notation/show-invisible.ts']

describe('one-way imports', () => {
  for (const [room, allowed] of Object.entries(MAY_IMPORT)) {
    test(`${room} imports only ${allowed.join(', ') || 'itself'}, through their entry points`, () => {
      const breaches = importsOf(room).filter(({ file, target }) => {
        if (target.startsWith('package:')) return false
        const to = target.split('/')[0] ?? ''
        if (to === room || (file.startsWith('server/web/') && PAGE_IMPORTS.includes(target))) return false
        return !allowed.includes(to) || target !== (DOORS[to] ?? `${to}/index.ts`)
      })
      expect(breaches).toEqual([])
    })
  }

  for (const [name, home] of Object.entries(PACKAGE_HOMES)) {
    const homes = [home].flat()
    test(`${name} is imported below ${homes.join(', ')} only`, () => {
      const breaches = Object.keys(MAY_IMPORT)
        .flatMap(importsOf)
        .filter(({ file, target }) => target === `package:${name}` && !homes.some((folder) => file.startsWith(folder)))
      expect(breaches).toEqual([])
    })
  }
})

/**
 * Folders of a room from the bottom up: each may import those before it. Only entry points and composition roots are
 * outside of folders.
 */
const INNER_ORDER: Readonly<Record<string, readonly string[]>> = {
  builder: ['plan', 'request', 'solve', 'context', 'explain', 'run', 'finish', 'report', 'pipeline'],
  container: 'contract state control settings show volumes upkeep create run files'.split(' '),
}
const LOOSE_FILES: Readonly<Record<string, readonly string[]>> = {
  builder: ['index.ts'],
  container: ['index.ts', 'open-containers.ts'],
}

describe('one-way imports between the folders of a room', () => {
  for (const [room, order] of Object.entries(INNER_ORDER)) {
    test(`${room}: ${order.join(' → ')}`, () => {
      const levelOf = (path: string) => order.indexOf(path.split('/')[1] ?? '')
      const breaches = importsOf(room).filter(
        ({ file, target }) =>
          target.startsWith(`${room}/`) &&
          levelOf(file) >= 0 &&
          !(levelOf(target) >= 0 && levelOf(target) <= levelOf(file)),
      )
      expect(breaches).toEqual([])
    })

    test(`${room} has no files outside its folders but ${LOOSE_FILES[room]?.join(', ')}`, () => {
      const loose = readdirSync(join(root, room)).filter((name) => name.endsWith('.ts'))
      expect(loose.sort()).toEqual(LOOSE_FILES[room])
      const folders = readdirSync(join(root, room), { withFileTypes: true }).filter((entry) => entry.isDirectory())
      expect(folders.map(({ name }) => name).sort()).toEqual([...order].sort())
    })
  }
})

test('no import cycles exist, including types and dynamic imports', () => {
  const edges = new Map<string, readonly string[]>()
  for (const { file, target } of Object.keys(MAY_IMPORT).flatMap(importsOf))
    edges.set(file, [...(edges.get(file) ?? []), target])
  expect(cycleIn(edges)).toEqual([])
})

/** A cycle of the graph, as its files in order. */
function cycleIn(edges: ReadonlyMap<string, readonly string[]>): readonly string[] {
  const done = new Set<string>()
  const visit = (file: string, path: readonly string[]): readonly string[] => {
    if (path.includes(file)) return [...path.slice(path.indexOf(file)), file]
    if (done.has(file)) return []
    for (const target of edges.get(file) ?? []) {
      const found = visit(target, [...path, file])
      if (found.length > 0) return found
    }
    done.add(file)
    return []
  }
  for (const file of edges.keys()) {
    const found = visit(file, [])
    if (found.length > 0) return found
  }
  return []
}

function importsOf(room: string): { file: string; target: string }[] {
  return sourcesBelow(join(root, room)).flatMap((path) => {
    const text = readFileSync(path, 'utf8')
    const specifiers = [...text.matchAll(/(?:from|import)\s*\(?\s*'([^']+)'/g)].map((match) => match[1] ?? '')
    return specifiers.map((specifier) => ({ file: relative(root, path), target: targetOf(path, specifier) }))
  })
}

function targetOf(from: string, specifier: string): string {
  return specifier.startsWith('.') ? relative(root, resolve(dirname(from), specifier)) : `package:${specifier}`
}

function sourcesBelow(folder: string): string[] {
  return readdirSync(folder, { withFileTypes: true, recursive: true })
    .filter((entry) => entry.isFile() && /\.tsx?$/.test(entry.name))
    .map((entry) => join(entry.parentPath, entry.name))
    .filter((path) => !/\/(node_modules|target|dist)\//.test(path))
}

test('only test files register hooks when loaded: a worker loads other modules once for all files', () => {
  const shared = sourcesBelow(join(root, 'test')).filter((path) => !path.endsWith('.test.ts') && path !== END_OF_TEST)
  const hook = /^(?:before|after)(?:Each|All)\(/m
  expect(shared.filter((path) => hook.test(readFileSync(path, 'utf8')))).toEqual([])
})

/** Loaded again for each test file. */
const END_OF_TEST = join(root, 'test/support/end-of-test.ts')

describe('an entry point exports only what its importers use', () => {
  const importers = [...Object.keys(MAY_IMPORT), 'test'].flatMap(importsOf)
  // The package's users import from engine, which passes on the types of builder.
  for (const room of Object.keys(MAY_IMPORT).filter((name) => !['engine', 'builder', 'cli'].includes(name))) {
    test(room, () => {
      const door = DOORS[room] ?? `${room}/index.ts`
      const users = new Set(importers.filter(({ target }) => target === door).map(({ file }) => file))
      const words = new Set([...users].flatMap((file) => readFileSync(join(root, file), 'utf8').match(/\w+/g) ?? []))
      expect(exportsOf(door).filter((name) => !words.has(name))).toEqual([])
    })
  }
})

/** The names in the `export { … }` of an entry point. */
function exportsOf(door: string): string[] {
  const lists = readFileSync(join(root, door), 'utf8').matchAll(/^export (?:type )?\{([^}]*)\}/gm)
  return [...lists].flatMap(([, list = '']) => list.split(',').flatMap((item) => item.trim().match(/\w+$/) ?? []))
}

describe('the modules of a repeated build', () => {
  test('include neither the parser nor a planner nor an archive library', () => {
    const loaded = staticClosure(['engine/index.ts', 'builder/pipeline/build-image.ts', 'cli/commands/builds/build.ts'])
    const heavy = [
      'parser/index.ts',
      'builder/pipeline/plan-request.ts',
      'builder/plan/plan-build.ts',
      'sbom/index.ts',
      'signing/index.ts',
      'secret-scan/index.ts',
    ]
    expect(heavy.filter((file) => loaded.has(file))).toEqual([])
    expect(
      ['chevrotain', 'undici', 'tar-stream', 'sha.js', 'string-width', 'valibot'].filter((name) =>
        loaded.has(`package:${name}`),
      ),
    ).toEqual([])
  })
})

test('each entry point begins with what belongs in its folder and what does not', () => {
  const crates = readdirSync(join(root, 'sandbox-native/crates'), { withFileTypes: true, recursive: true })
  const modules = crates
    .filter(({ name }) => ['lib.rs', 'main.rs', 'mod.rs'].includes(name))
    .map((entry) => join(entry.parentPath, entry.name))
  const doors = Object.keys(MAY_IMPORT)
    .flatMap((room) => sourcesBelow(join(root, room)))
    .filter((path) => path.endsWith('/index.ts'))
  expect(doors.length).toBeGreaterThan(10)
  expect(modules.length).toBeGreaterThan(10)
  const heads = [...doors, ...modules].map((path) => ({ path: relative(root, path), head: headOf(path) }))
  // A limit, or the neighbor that has the rest.
  const limit = /`\w+`|\b(?:belongs?|not?|nothing|never|cannot|only|without|pure|other folders)\b/i
  expect(heads.filter(({ head }) => !limit.test(head)).map(({ path }) => path)).toEqual([])
})

/** The comment at the beginning of a file; empty if there is none. */
function headOf(path: string): string {
  const text = readFileSync(path, 'utf8')
  return /^(?:\/\*\*[\s\S]*?\*\/|(?:\/\/!.*\n)+)/.exec(text)?.[0] ?? ''
}

describe('documents', () => {
  test('every relative link has an existing target', () => {
    const documents = ['.', ...Object.keys(MAY_IMPORT), 'docs', 'bench', 'test'].flatMap(documentsIn)
    expect(documents.length).toBeGreaterThan(20)
    expect(documents.flatMap(deadLinksOf)).toEqual([])
  })
})

function documentsIn(folder: string): string[] {
  return readdirSync(join(root, folder), { withFileTypes: true, recursive: folder !== '.' })
    .filter((entry) => entry.isFile() && entry.name.endsWith('.md'))
    .map((entry) => join(entry.parentPath, entry.name))
    .filter((path) => !/\/(target|golden|conformance)\//.test(path))
}

function deadLinksOf(document: string): string[] {
  const text = readFileSync(document, 'utf8').replace(/```[\s\S]*?```/g, '')
  return [...text.matchAll(/\]\(([^)\s#]+)[^)]*\)/g)]
    .map((match) => match[1] ?? '')
    .filter((link) => !/^[a-z]+:/.test(link) && !existsSync(resolve(dirname(document), link)))
    .map((link) => `${relative(root, document)}: ${link}`)
}

/** Everything that the given files import statically, without `import()` and types. */
function staticClosure(entries: readonly string[]): ReadonlySet<string> {
  const loaded = new Set(entries)
  for (const file of loaded) {
    if (file.startsWith('package:')) continue
    const text = readFileSync(join(root, file), 'utf8')
    for (const match of text.matchAll(/^(?:import|export) (?!type )[^'"]*?from '([^']+)'/gms)) {
      const isTypeOnly = /^(?:import|export) \{(?:\s*type [^,}]+,?)+\s*\}/.test(match[0])
      if (!isTypeOnly) loaded.add(targetOf(join(root, file), match[1] ?? ''))
    }
  }
  return loaded
}
