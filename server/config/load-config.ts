import { readFile } from 'node:fs/promises'
import { resolve } from 'node:path'
import * as v from 'valibot'
import { type Document, parseDocument } from 'yaml'
import { hasCode } from '../../errors/index.ts'
import { describeFileError } from '../../layer-store/index.ts'
import { ServerError } from '../errors.ts'
import { issueReason, issueText } from '../issue-text.ts'
import { configSchema, type ServerConfig } from './config.ts'
import { overrideFromEnv, settingPaths, variableOf } from './override-from-env.ts'

const PLACES = ['tsbuild-server.yaml', '/etc/tsbuild/tsbuild-server.yaml']

export interface ConfigSource {
  /** Default: the first of `PLACES` that exists, else all defaults. */
  readonly file?: string | undefined
  readonly env: Readonly<Record<string, string | undefined>>
  /** Command-line flags, which take precedence. */
  readonly flags?: Readonly<Record<string, unknown>>
}

export async function loadConfig({ file, env, flags = {} }: ConfigSource): Promise<ServerConfig> {
  const found = file === undefined ? await firstFile() : { path: file, text: await readNamed(file) }
  const document = found === undefined ? {} : parseYaml(found.path, found.text)
  if (found !== undefined) refuseLists(found.path, document)
  const { success, output, issues } = v.safeParse(configSchema, { ...overrideFromEnv(document, env), ...flags })
  if (success) return withAbsolutePaths(output)
  const words = (issues[0].path ?? []).map(({ key }) => String(key))
  const place = overridingPlace(words, { env, flags })
  const mistake =
    place === undefined
      ? `Cannot use configuration "${found?.path ?? 'of defaults'}": ${issueText(issues)}`
      : `Cannot use ${place}: ${issueReason(issues[0])}`
  throw new ServerError('SERVER_BAD_CONFIG', mistake, {
    hint: 'See docs/server.md for the settings, and docs/tsbuild-server.schema.json for their schema',
  })
}

/** Relative to the current directory, which those of git and of builds are not. */
function withAbsolutePaths(config: ServerConfig): ServerConfig {
  const { dataDirectory, storeDirectory, keyFile, git, registries } = config
  const { knownHostsFile, localRoots } = git
  const { caFile } = registries
  return {
    ...config,
    dataDirectory: resolve(dataDirectory),
    ...(storeDirectory !== undefined && { storeDirectory: resolve(storeDirectory) }),
    ...(keyFile !== undefined && { keyFile: resolve(keyFile) }),
    git: {
      ...git,
      localRoots: localRoots.map((path) => resolve(path)),
      ...(knownHostsFile !== undefined && { knownHostsFile: resolve(knownHostsFile) }),
    },
    registries: { ...registries, ...(caFile !== undefined && { caFile: resolve(caFile) }) },
  }
}

/** An empty list would be accepted as a section without settings. */
function refuseLists(file: string, document: Readonly<Record<string, unknown>>): void {
  for (const [section, ...rest] of settingPaths()) {
    if (rest.length === 0 || section === undefined || !Array.isArray(document[section])) continue
    const message = `Cannot use configuration "${file}": ${section}: a list (expected settings)`
    throw new ServerError('SERVER_BAD_CONFIG', message, { hint: 'Write settings as "name: value" lines' })
  }
}

/** The flag or variable that a value comes from; undefined if it is from the file. */
function overridingPlace(
  words: readonly string[],
  { env, flags }: Required<Pick<ConfigSource, 'env' | 'flags'>>,
): string | undefined {
  const [first = ''] = words
  if (Object.hasOwn(flags, first)) return `flag "--${first.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}"`
  const path = settingPaths().find((setting) => setting.every((word, index) => words[index] === word))
  const variable = path && variableOf(path)
  return variable !== undefined && env[variable] !== undefined ? `variable "${variable}"` : undefined
}

export function parseYaml(name: string, text: string): Record<string, unknown> {
  const document = parseDocument(text)
  const [error] = document.errors
  const content = error ?? contentOf(document)
  if (typeof content === 'object' && content !== null && !Array.isArray(content) && !(content instanceof Error)) {
    return content as Record<string, unknown>
  }
  const reason = content instanceof Error ? yamlMistake(content) : 'its content is not a mapping'
  throw new ServerError('SERVER_BAD_CONFIG', `Cannot read configuration "${name}": ${reason}`, {
    hint: 'Write settings as "name: value" lines',
  })
}

/** The parser's message, without its excerpt and advice for programmers. */
function yamlMistake({ message }: Error): string {
  const [line = ''] = message.split('\n')
  return line
    .replace(/;? please use .*?(?= at line|$)/, '')
    .replace(/:$/, '')
    .replace('closing "quote', 'closing quote')
}

/** Throws if aliases multiply. */
function contentOf(document: Document): unknown {
  try {
    return document.toJS() ?? {}
  } catch (error) {
    return error
  }
}

/** A file that exists but cannot be read is not skipped. */
async function firstFile(): Promise<{ path: string; text: string } | undefined> {
  for (const path of PLACES) {
    try {
      return { path, text: await readFile(path, 'utf8') }
    } catch (cause) {
      if (!hasCode(cause, 'ENOENT', 'ENOTDIR')) throw unreadable(path, cause)
    }
  }
  return undefined
}

async function readNamed(path: string): Promise<string> {
  try {
    return await readFile(path, 'utf8')
  } catch (cause) {
    throw unreadable(path, cause)
  }
}

function unreadable(path: string, cause: unknown): ServerError {
  return new ServerError('SERVER_BAD_CONFIG', `Cannot read configuration "${path}": ${describeFileError(cause)}`, {
    hint: 'Check the path and its permissions',
    cause,
  })
}
