export interface Rootfs {
  /** Overlay directories, top first. Many lowers are handled (short paths, `lowerdir+`). */
  readonly lowers: readonly string[]
  /** Absent: the root is mounted read-only with no upper. */
  readonly upper?: string
  readonly work?: string
  readonly readOnly?: boolean
  /**
   * The upper is not written out to disk when the command ends: much faster, for trees that are made anew after a
   * power failure. The work directory then serves one command only.
   */
  readonly volatile?: boolean
}

/**
 * Mounted in order, targets resolved beneath the new root. Mount points that had to be made are removed afterwards
 * and never stay in the upper directory.
 */
export type Mount =
  | {
      readonly kind: 'bind'
      readonly source: string
      /** What of the source is mounted; links in it stay within the source. */
      readonly subpath?: string
      readonly target: string
      readonly readOnly?: boolean
      readonly recursive?: boolean
      /** Absent: neither side sees what the other mounts later. SPEC: mount_namespaces(7) */
      readonly propagation?: 'shared' | 'rshared' | 'slave' | 'rslave'
      /** With `users`: IDs are not mapped, files belong to the users of the host. */
      readonly hostOwners?: boolean
    }
  /** A file with the given content, held in memory (secrets, hosts, CA bundles). Content is base64. */
  | {
      readonly kind: 'file'
      readonly target: string
      readonly contentBase64: string
      readonly mode: number
      readonly uid: number
      readonly gid: number
    }
  /** A socket that the caller has made for this command alone; it is given the owner and mode. */
  | {
      readonly kind: 'socket'
      readonly source: string
      readonly target: string
      readonly mode: number
      readonly uid: number
      readonly gid: number
    }
  /** Files of the host as one, a line end behind each, held in memory. Owner root. */
  | {
      readonly kind: 'joined-files'
      readonly target: string
      readonly sources: readonly string[]
      readonly mode: number
    }
  | {
      readonly kind: 'tmpfs'
      readonly target: string
      /** Of the filesystem, SPEC: tmpfs(5): size, mode, uid, …; without a mode it has that of the directory there, else 1777. */
      readonly options?: readonly (readonly [string, string])[]
      /** Of the mount; `dev` counts where other mounts show devices too. */
      readonly flags?: readonly TmpfsFlag[]
    }
  /** A tree of layers, read-only or with a throw-away upper directory; `subpath` within it. */
  | {
      readonly kind: 'overlay'
      readonly lowers: readonly string[]
      readonly subpath: string
      readonly target: string
      readonly upper?: string
      readonly work?: string
    }

export type TmpfsFlag = 'ro' | 'noexec' | 'suid' | 'dev' | 'sync' | 'dirsync' | 'noatime' | 'nodiratime' | 'strictatime'
