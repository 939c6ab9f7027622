import { ContainerError } from '../../container/index.ts'
import { type DeviceMapping, parseDevice } from '../../notation/index.ts'

export function parseDeviceFlag(text: string): DeviceMapping {
  const device = parseDevice(text)
  if ('fault' in device)
    throw new ContainerError('CONTAINER_BAD_SYNTAX', `Cannot add device "${text}": ${device.fault}`)
  return device
}
