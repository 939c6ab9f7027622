import { familiarRepository, parseReference } from '../../image-spec/index.ts'

/** `docker.io/library/busybox:latest` → `busybox` and `latest`. */
export function splitTag(full: string): { readonly repository: string; readonly tag: string } {
  const reference = parseReference(full)
  return { repository: familiarRepository(reference), tag: reference.tag ?? '<none>' }
}

/** `docker.io/library/busybox@sha256:…` → `busybox` and its digest. */
export function splitDigest(full: string): { readonly repository: string; readonly digest: string } {
  const reference = parseReference(full)
  return { repository: familiarRepository(reference), digest: reference.digest ?? '<none>' }
}

/** Twelve hex digits, or the whole ID. */
export function shownId(id: string, noTrunc: boolean): string {
  return noTrunc ? id : id.replace(/^sha256:/, '').slice(0, 12)
}
