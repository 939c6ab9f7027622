import * as v from 'valibot'
import type { BuildJobLine } from './job-line.ts'

/** The server that started this process. */
export interface JobServer {
  write(line: BuildJobLine): void
  /** The next line of standard input. */
  reply(): Promise<unknown>
}

interface TagWarning {
  readonly code: string
  readonly message: string
}

/** The server knows which tags builds of newer pushes have set. `kept` are warnings about these. */
export function tagChoice({ write, reply }: JobServer) {
  const kept: TagWarning[] = []
  const chooseTags = async (references: readonly string[]): Promise<readonly string[]> => {
    write({ kind: 'tags', references: [...references] })
    const chosen = v.parse(v.array(v.string()), await reply())
    for (const reference of references.filter((one) => !chosen.includes(one))) {
      const message = `Tag "${reference}" was not set: the build of a newer push has set it`
      const warning = { code: 'SERVER_TAG_KEPT', message }
      kept.push(warning)
      write({ kind: 'event', event: { kind: 'warning', warning, atMs: Date.now() } })
    }
    return chosen
  }
  return { chooseTags, kept }
}
