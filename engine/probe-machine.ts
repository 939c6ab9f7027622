import { StoreError } from '../layer-store/index.ts'
import { openNative, type ProbeResult } from '../sandbox-native/driver/index.ts'
import type { EngineOptions } from './engine.ts'
import { openEngine, rootOf } from './open-engine.ts'

/** What this machine allows its user, found out by trying. */
export interface MachineProbe extends ProbeResult {
  /** Of the store. */
  readonly root: string
}

/** A store that cannot be opened is one more check that fails: the others report what else is missing. */
export async function probeMachine(options: EngineOptions = {}): Promise<MachineProbe> {
  const root = rootOf(options)
  try {
    const engine = await openEngine(options)
    const probe = await engine.native.probe(root)
    await engine.close()
    return { ...probe, root }
  } catch (error) {
    if (!(error instanceof StoreError)) throw error
    const { checks, ...probe } = await openNative({ env: options.env ?? process.env }).probe()
    return { ...probe, checks: [...checks, failedCheck(error)], root }
  }
}

function failedCheck({ message, hint }: StoreError): ProbeResult['checks'][number] {
  return { ok: false, name: 'store', found: message, ...(hint !== undefined && { hint }) }
}
