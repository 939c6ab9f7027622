import type { Readable, Writable } from 'node:stream'
import { text } from 'node:stream/consumers'
import { type PrunePolicy, pruneStore } from './prune-store.ts'
import type { StoreWork } from './store-work.ts'

export interface PruneJob extends PrunePolicy {
  readonly storeDirectory: string
}

/** The program of the process that prunes one store: a job from standard input, its report to standard output. */
export async function servePruneJob(
  { stdin, stdout }: { readonly stdin: Readable; readonly stdout: Writable },
  storeWork: (root: string) => StoreWork,
): Promise<void> {
  const { storeDirectory, ...policy } = JSON.parse(await text(stdin)) as PruneJob
  stdout.write(`${JSON.stringify(await pruneStore(storeWork(storeDirectory), policy))}\n`)
}
