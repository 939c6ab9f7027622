/** A package as recorded in its database. SPEC: package-url: type, namespace, name, version and qualifiers. */
export interface Package {
  readonly type: 'deb' | 'apk' | 'rpm' | 'npm' | 'pypi' | 'golang' | 'cargo'
  readonly namespace?: string
  readonly name: string
  /** Empty for a Go module that was built from a directory. */
  readonly version: string
  readonly qualifiers?: Readonly<Record<string, string>>
  /** As the package states it. */
  readonly license?: string
  /** Name and version of what it was built from. */
  readonly source?: string
  readonly supplier?: string
  /** Files of the image that list the package. */
  readonly locations: readonly string[]
}

/** From `/etc/os-release`. */
export interface Distribution {
  readonly id: string
  readonly versionId?: string
  readonly prettyName?: string
}

/** What could not be read, which incomplete documents report. */
export interface Unread {
  readonly path: string
  readonly reason: string
}

export interface Inventory {
  readonly distribution?: Distribution
  /** Without duplicates, sorted by package URL. */
  readonly packages: readonly Package[]
  readonly unread: readonly Unread[]
}
