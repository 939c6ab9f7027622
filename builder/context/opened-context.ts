import type { LayerStore } from '../../layer-store/index.ts'
import type { Downloader } from '../../registry/index.ts'
import type { Native } from '../../sandbox-native/driver/index.ts'
import type { Material } from '../request/material.ts'
import type { SshAccess } from './git-ssh.ts'
import type { SecretStore } from './read-secret.ts'
export interface ContextTools extends SecretStore {
  readonly store: LayerStore
  readonly native: Native
  readonly download: Downloader['download']
  readonly ssh: SshAccess
  /** BUILDKIT_CONTEXT_KEEP_GIT_DIR; the address may ask for it, too. */
  readonly keepGitDirectory?: boolean
  /** Of the files of a repository, unless its address gives another. */
  readonly gitTimes?: 'commit'
}

/** A context on disk. Only directories of the user have ignore files; what came by archive or git is taken whole. */
export interface OpenedContext {
  readonly root: string
  readonly hasIgnoreFile: boolean
  /** It came as an archive: files have the owners of the archive. */
  readonly isArchive?: true
  /** A copy of one of its files that the caller may read, whatever its owner. Rejects with TREE_MISSING. */
  copyReadable?(path: string): Promise<string>
  /** Of what was fetched. */
  readonly origin?: Material
  /** When it was made, seconds since the epoch: a commit's time, the server's, or that of an archive's newest file. */
  madeAt?(): Promise<number | undefined>
  close(): Promise<void>
}
