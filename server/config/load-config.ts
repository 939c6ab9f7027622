import { readFile } from 'node:fs/promises'
import * as v from 'valibot'
import { type Document, parseDocument } from 'yaml'
import { hasCode, messageOf } from '../../layer-store/index.ts'
import { ServerError } from '../errors.ts'
import { issueText } from '../issue-text.ts'
import { configSchema, type ServerConfig } from './config.ts'
import { overrideFromEnv } from './override-from-env.ts'

const PLACES = ['tsbuild-server.yaml', '/etc/tsbuild/tsbuild-server.yaml']

export interface ConfigSource {
  /** Default: the first of `PLACES` that exists, else every default. */
  readonly file?: string | undefined
  readonly env: Readonly<Record<string, string | undefined>>
  /** Flags of the command line, strongest. */
  readonly flags?: Readonly<Record<string, unknown>>
}

export async function loadConfig({ file, env, flags = {} }: ConfigSource): Promise<ServerConfig> {
  const found = file === undefined ? await firstFile() : { path: file, text: await readNamed(file) }
  const document = found === undefined ? {} : parseYaml(found.path, found.text)
  return checkConfig({ ...overrideFromEnv(document, env), ...flags }, found?.path ?? 'the environment')
}

function checkConfig(document: unknown, name: string): ServerConfig {
  const result = v.safeParse(configSchema, document)
  if (result.success) return result.output
  throw new ServerError('SERVER_BAD_CONFIG', `Cannot use configuration "${name}": ${issueText(result.issues)}`, {
    hint: 'See docs/server.md for the settings, and docs/tsbuild-server.schema.json for their schema',
  })
}

export function parseYaml(name: string, text: string): Record<string, unknown> {
  const document = parseDocument(text)
  const [error] = document.errors
  const content = error ?? contentOf(document)
  if (typeof content === 'object' && content !== null && !Array.isArray(content) && !(content instanceof Error)) {
    return content as Record<string, unknown>
  }
  const reason = content instanceof Error ? content.message.split('\n')[0] : 'its content is not a mapping'
  throw new ServerError('SERVER_BAD_CONFIG', `Cannot read configuration "${name}": ${reason}`, {
    hint: 'Write settings as "name: value" lines',
  })
}

/** An error where aliases multiply. */
function contentOf(document: Document): unknown {
  try {
    return document.toJS() ?? {}
  } catch (error) {
    return error
  }
}

/** One that is there but cannot be read is not passed over. */
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
  return new ServerError('SERVER_BAD_CONFIG', `Cannot read configuration "${path}": ${messageOf(cause)}`, {
    hint: 'Check the path and its permissions',
    cause,
  })
}
