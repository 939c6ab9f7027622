import { existsSync } from 'node:fs'
import { join } from 'node:path'

/** Where a container's files are beneath the store's root. */
export interface ContainerFiles {
  readonly directory: string
  /** What it is: written by this program. */
  readonly config: string
  /** How it is: written by its supervisor. */
  readonly state: string
  /** Held by the supervisor as long as it lives. */
  readonly lock: string
  readonly log: string
  readonly socket: string
  /** Lowest writable part of the root filesystem: mount points of what is mounted into every container. */
  readonly initLayer: string
  /** Of an overlay; the whole root filesystem where there is a survey. */
  readonly upper: string
  /** Of the root filesystem as it began, where that is a copy of the layers. */
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

/** No overlay could be mounted when the container was created: its root filesystem is one tree. */
export function isCopied({ survey }: ContainerFiles): boolean {
  return existsSync(survey)
}

export function filesOf(root: string, id: string): ContainerFiles {
  return filesIn(join(containersFolder(root), id))
}

/** A container that is being made: it is not listed yet. */
export function draftFolder(root: string, id: string): string {
  return join(containersFolder(root), `.new-${id}`)
}

/** Names are links to ids: the filesystem sees to it that each is taken once. */
export function namesFolder(root: string): string {
  return join(containersFolder(root), '.names')
}

export function nameLink(root: string, name: string): string {
  return join(namesFolder(root), name)
}

export function volumesFolder(root: string): string {
  return join(root, 'volumes')
}
