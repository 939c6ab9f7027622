/** Container Device Interface: devices that vendors describe in /etc/cdi and /var/run/cdi, and what they add to a container. */
export { CdiError, unknownDevice } from './errors.ts'
export type { ContainerEdits } from './parse-spec.ts'
export { type CdiDevice, type CdiDevices, editsOf, readCdiDevices } from './read-devices.ts'
