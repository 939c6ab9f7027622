import { digestOf } from '../../image-spec/index.ts'
import { splitEntry } from '../../notation/index.ts'
import { describeOperation } from '../plan/graph/describe-operation.ts'
import { operationDigest } from '../plan/graph/digest.ts'
import type { ExecOperation, Node, Operation } from '../plan/graph/operation.ts'
import type { InputRecord, ReadRecord, StepRecord } from './build-record.ts'
import { parseStepName } from './step-position.ts'

/** What the solver knows about a step before it is run or taken from the cache. */
export interface KnownInputs {
  readonly inputIdentities: readonly (string | undefined)[]
  readonly reads: readonly ReadRecord[]
  readonly keys: readonly string[]
}

/** Same names as in the build check SecretsUsedInArgOrEnv. */
const SECRET = /(?:_|^)(?:apikey|auth|credentials?|key|password|pword|passwd|secret|token)(?:_|$)/i

export function stepRecordOf(node: Node, { inputIdentities, reads, keys }: KnownInputs): StepRecord {
  const { operation } = node
  return {
    ...parseStepName(node.name),
    operation: operationDigest(operation),
    settings: settingsOf(operation),
    env: operation.kind === 'exec' ? environmentOf(operation) : {},
    args: node.argumentNames ?? [],
    inputs: node.inputs.map((input, position) => inputOf(input, inputIdentities[position])),
    reads,
    keys,
  }
}

function inputOf(input: Node, identity: string | undefined): InputRecord {
  const { operation, name } = input
  const known = { ...(identity !== undefined && { identity }) }
  if (operation.kind !== 'source') return { kind: 'step', name, ...known }
  switch (operation.source) {
    case 'image':
      return { kind: 'image', name: operation.reference, ...known }
    case 'scratch':
      return { kind: 'image', name: 'scratch', ...known }
    case 'local':
      return { kind: 'files', name: operation.name === 'context' ? 'build context' : operation.name, ...known }
    case 'git':
    case 'http':
      return { kind: 'files', name: operation.url, ...known }
  }
}

/** SECURITY: records are stored and displayed, so values that look like secrets are kept as digests. */
function environmentOf({ env }: ExecOperation): Readonly<Record<string, string>> {
  const entries = env.map(splitEntry).map(([name, value]): [string, string] => {
    return [name, SECRET.test(name) ? `**** (${digestOf(value).slice('sha256:'.length, 'sha256:'.length + 8)})` : value]
  })
  return Object.fromEntries(entries)
}

function settingsOf(operation: Operation): Readonly<Record<string, string>> {
  if (operation.kind === 'exec') return settingsOfCommand(operation)
  const lines = describeOperation(operation, (position) => `input ${position}`)
  return operation.kind === 'file' ? { 'file operations': lines.join('; ') } : {}
}

function settingsOfCommand({ argv, cwd, user, network, security, mounts, scripts }: ExecOperation) {
  return {
    command: argv.join(' '),
    directory: cwd,
    user: user || 'root',
    network,
    security,
    ...(mounts.length > 0 && { mounts: JSON.stringify(mounts) }),
    ...(scripts && { script: scripts.map(({ content }) => digestOf(content)).join(' ') }),
  }
}
