import { CdiError, type ContainerEdits, editsOf, readCdiDevices, unknownDevice } from '../../cdi/index.ts'
import { ContainerError } from '../contract/errors.ts'

/** Container edits of CDI devices such as `vendor.com/class=name`. */
export async function cdiEdits(
  names: readonly string[] | undefined,
  warn: (message: string) => void,
): Promise<ContainerEdits> {
  if (names === undefined) return editsOf([])
  try {
    const known = await readCdiDevices()
    for (const { message } of known.unusable) warn(message)
    return editsOf(
      names.map((name) => {
        const found = known.devices.find((device) => device.name === name)
        if (found === undefined) throw unknownDevice(name, known)
        return found
      }),
    )
  } catch (cause) {
    if (!(cause instanceof CdiError)) throw cause
    const hint = cause.hint !== undefined && { hint: cause.hint }
    throw new ContainerError('CONTAINER_START_FAILED', cause.message, { cause, ...hint })
  }
}
