import type { LayerStore } from '../../layer-store/index.ts'
import type { Downloader } from '../../registry/index.ts'
import type { Native } from '../../sandbox-native/driver/index.ts'
import type { ContextMaterial } from '../request/material.ts'
import type { SshAccess } from './git-ssh.ts'
import type { SecretStore } from './read-secret.ts'
export interface ContextTools extends SecretStore {
  readonly store: LayerStore
  readonly native: Native
  readonly download: Downloader['download']
  readonly ssh: SshAccess
  /** BUILDKIT_CONTEXT_KEEP_GIT_DIR; the URL may request it, too. */
  readonly keepGitDirectory?: boolean
  /** File times for a repository, unless its URL specifies them. */
  readonly gitTimes?: 'commit'
}

/** A context on disk. Only the caller's directories have ignore files; archives and repositories are used whole. */
export interface OpenedContext {
  readonly root: string
  readonly hasIgnoreFile: boolean
  /** The context was an archive, whose file owners are kept. */
  readonly isArchive?: true
  /** The context was downloaded as a Dockerfile alone: its path, whatever name the caller gives. */
  readonly dockerfile?: string
  /** Copies a file of the context so that the caller may read it, whatever its owner. Rejects with TREE_MISSING. */
  copyReadable?(path: string): Promise<string>
  /** Material for the provenance, if the context was fetched. */
  readonly origin?: ContextMaterial
  /** Creation time, seconds since the epoch: commit time, the server's Last-Modified, or an archive's newest file. */
  madeAt?(): Promise<number | undefined>
  close(): Promise<void>
}
