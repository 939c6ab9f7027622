import { StoreError } from '../layer-store/index.ts'
import { openNative, type ProbeResult } from '../sandbox-native/driver/index.ts'
import type { EngineOptions } from './engine.ts'
import { openEngine, rootOf } from './open-engine.ts'

/** What this machine allows its user, determined by trying. */
export interface MachineProbe extends ProbeResult {
  /** Directory of the store. */
  readonly root: string
}

/** Rejects if the native binary is missing or of another version. */
export async function checkBinary(env: NodeJS.ProcessEnv): Promise<void> {
  await openNative({ env }).probe()
}

/** A store that cannot be opened is reported as another failed check: the others still run. */
export async function probeMachine(options: EngineOptions = {}): Promise<MachineProbe> {
  const root = rootOf(options)
  const failure = await openingFailure(options)
  // Chosen as by openEngine(), according to the user's privileges.
  const native = openNative({ env: options.env ?? process.env })
  if (failure === undefined) return { ...(await native.probe(root)), root }
  const { checks, ...probe } = await native.probe()
  return { ...probe, checks: [...checks, failedCheck(failure)], root }
}

async function openingFailure(options: EngineOptions): Promise<StoreError | undefined> {
  try {
    await (await openEngine(options)).close()
    return undefined
  } catch (error) {
    if (error instanceof StoreError) return error
    throw error
  }
}

function failedCheck({ message, hint }: StoreError): ProbeResult['checks'][number] {
  return { ok: false, name: 'store', found: message, ...(hint !== undefined && { hint }) }
}
