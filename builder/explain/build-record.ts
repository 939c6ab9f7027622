/** The inputs of the last build of a Dockerfile; recorded by every build, compared by `--explain`. */
export interface BuildRecord {
  readonly format: typeof FORMAT
  readonly steps: readonly StepRecord[]
}

/** The ingredients of a step's cache keys. */
export interface StepRecord {
  /** Empty if the file has a single stage. */
  readonly stage: string
  /** Counted from 1 within the stage. */
  readonly position: number
  /** The instruction with its variables expanded: `COPY app-1.2 /app`. */
  readonly title: string
  readonly operation: string
  /** Other properties of the operation by name. */
  readonly settings: Readonly<Record<string, string>>
  /** Values of variables whose names suggest secrets are digests. */
  readonly env: Readonly<Record<string, string>>
  /** Names in `env` that were declared by ARG. */
  readonly args: readonly string[]
  readonly inputs: readonly InputRecord[]
  readonly reads: readonly ReadRecord[]
  readonly keys: readonly string[]
}

export interface InputRecord {
  readonly kind: 'image' | 'step' | 'files'
  /** An image reference with digest, else the name of the step or source. */
  readonly name: string
  readonly identity?: string
}

/** Files read from an input. */
export interface ReadRecord {
  readonly input: number
  readonly paths: string
  readonly digest: string
}

export const FORMAT = 2

/** Undefined for a record of another version or shape. */
export function parseBuildRecord(value: unknown): BuildRecord | undefined {
  if (!isObject(value) || value['format'] !== FORMAT || !Array.isArray(value['steps'])) return undefined
  const steps: readonly unknown[] = value['steps']
  return steps.every(isStep) ? { format: FORMAT, steps } : undefined
}

function isStep(value: unknown): value is StepRecord {
  return (
    isObject(value) &&
    ['stage', 'title', 'operation'].every((key) => typeof value[key] === 'string') &&
    typeof value['position'] === 'number' &&
    [value['settings'], value['env']].every((texts) => isObject(texts) && areTexts(Object.values(texts))) &&
    [value['args'], value['keys']].every(areTexts) &&
    isListOf(value['inputs'], isInput) &&
    isListOf(value['reads'], isRead)
  )
}

function isInput(value: unknown): boolean {
  if (!isObject(value) || typeof value['name'] !== 'string') return false
  const hasIdentity = value['identity'] === undefined || typeof value['identity'] === 'string'
  return hasIdentity && ['image', 'step', 'files'].includes(String(value['kind']))
}

function isRead(value: unknown): boolean {
  return isObject(value) && typeof value['input'] === 'number' && areTexts([value['paths'], value['digest']])
}

function areTexts(value: unknown): boolean {
  return isListOf(value, (text) => typeof text === 'string')
}

function isListOf(value: unknown, isItem: (item: unknown) => boolean): boolean {
  return Array.isArray(value) && value.every(isItem)
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
