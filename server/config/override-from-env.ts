import { parse } from 'yaml'
import { ServerError } from '../errors.ts'
import { configSchema } from './config.ts'

const PREFIX = 'TSBUILD_SERVER_'
/** Variable that specifies the file itself. */
const FILE = 'TSBUILD_SERVER_CONFIG'
/** Kubernetes sets these in the containers next to a service "tsbuild-server". SPEC: its documentation, "Service". */
const OF_SERVICE = /^TSBUILD_SERVER_(SERVICE_(HOST|PORT(_\w+)?)|PORT(_\d+_(TCP|UDP|SCTP)(_(PROTO|PORT|ADDR))?)?)$/

type Env = Readonly<Record<string, string | undefined>>
type Tree = { readonly [key: string]: unknown }

/** The document with values overridden by the environment: `TSBUILD_SERVER_WORKER_SLOTS` for `worker.slots`. */
export function overrideFromEnv(document: Tree, env: Env): Tree {
  const names = new Map(settingPaths().map((path) => [variableOf(path), path]))
  let overridden = document
  for (const [name, text] of Object.entries(env)) {
    if (!name.startsWith(PREFIX) || name === FILE || OF_SERVICE.test(name) || text === undefined) continue
    const path = names.get(name)
    if (path === undefined) {
      throw new ServerError('SERVER_BAD_CONFIG', `Cannot use variable "${name}": no such setting`, {
        hint: 'Remove the variable; docs/server.md lists the settings',
      })
    }
    try {
      overridden = withValue(overridden, path, settingValue(path, text))
    } catch (cause) {
      throw new ServerError('SERVER_BAD_CONFIG', `Cannot use variable "${name}": "${text}" is not a value in YAML`, {
        hint: 'Write numbers as 3, and true or false without quotes',
        cause,
      })
    }
  }
  return overridden
}

/** The path of every setting: `['worker', 'slots']`. */
export function settingPaths(): readonly (readonly string[])[] {
  return pathsIn(configSchema, [])
}

export function variableOf(path: readonly string[]): string {
  return PREFIX + path.map((word) => word.replace(/[A-Z]/g, (letter) => `_${letter}`).toUpperCase()).join('_')
}

interface SchemaNode {
  readonly type: string
  readonly wrapped?: SchemaNode
  readonly entries?: Readonly<Record<string, SchemaNode>>
}

function unwrapped(node: SchemaNode): SchemaNode {
  return node.wrapped === undefined ? node : unwrapped(node.wrapped)
}

function pathsIn(node: SchemaNode, path: readonly string[]): readonly (readonly string[])[] {
  const { entries } = unwrapped(node)
  return entries === undefined
    ? [path]
    : Object.entries(entries).flatMap(([name, entry]) => pathsIn(entry, [...path, name]))
}

/** Numbers as in YAML, comma-separated lists, everything else as text. */
function settingValue(path: readonly string[], text: string): unknown {
  let node: SchemaNode = configSchema
  for (const name of path) node = unwrapped(node).entries?.[name] ?? node
  const { type } = unwrapped(node)
  if (type === 'array') return text.split(',').filter((part) => part !== '')
  return type === 'string' ? text : parse(text)
}

function withValue(tree: Tree, [name = '', ...rest]: readonly string[], value: unknown): Tree {
  const below = tree[name]
  const inner = typeof below === 'object' && below !== null ? (below as Tree) : {}
  return { ...tree, [name]: rest.length === 0 ? value : withValue(inner, rest, value) }
}
