import { existsSync } from 'node:fs'
import { join } from 'node:path'

/** Paths of a container's files in the store. */
export interface ContainerFiles {
  readonly directory: string
  /** Configuration, written by this program. */
  readonly config: string
  /** State, written by the supervisor. */
  readonly state: string
  /** Held by the supervisor while it runs. */
  readonly lock: string
  readonly log: string
  readonly socket: string
  /** Init layer: mount points of what is mounted into every container. */
  readonly initLayer: string
  /** Upper directory of the overlay; the whole root filesystem if there is a survey. */
  readonly upper: string
  /** Initial survey of the root filesystem, if it is a copy of the layers. */
  readonly survey: string
  readonly work: string
  readonly hosts: string
  readonly hostname: string
  readonly resolvConf: string
}

export function containersFolder(root: string): string {
  return join(root, 'containers')
}

export function filesIn(directory: string): ContainerFiles {
  const at = (name: string) => join(directory, name)
  return {
    directory,
    config: at('config.json'),
    state: at('state.json'),
    lock: at('lock'),
    log: at('log.json'),
    socket: at('attach.sock'),
    initLayer: at('init'),
    upper: at('upper'),
    survey: at('survey'),
    work: at('work'),
    hosts: at('hosts'),
    hostname: at('hostname'),
    resolvConf: at('resolv.conf'),
  }
}

/** No overlay could be mounted when the container was created: its root filesystem is a single tree. */
export function isCopied({ survey }: ContainerFiles): boolean {
  return existsSync(survey)
}

export function filesOf(root: string, id: string): ContainerFiles {
  return filesIn(join(containersFolder(root), id))
}

/** A container being created, which is not listed yet. */
export function draftFolder(root: string, id: string): string {
  return join(containersFolder(root), `.new-${id}`)
}

/** Names are links to IDs: the filesystem guarantees that each is taken only once. */
export function namesFolder(root: string): string {
  return join(containersFolder(root), '.names')
}

export function nameLink(root: string, name: string): string {
  return join(namesFolder(root), name)
}

export function volumesFolder(root: string): string {
  return join(root, 'volumes')
}
