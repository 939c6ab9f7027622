/** Container Device Interface: devices that vendors describe on this machine. Opening them belongs in builder/ and container/. */
export { CdiError, unknownDevice } from './errors.ts'
export type { ContainerEdits } from './parse-spec.ts'
export { type CdiDevice, editsOf, readCdiDevices } from './read-devices.ts'
