import type { Readable, Writable } from 'node:stream'
import { json } from 'node:stream/consumers'
import * as v from 'valibot'
import { prunePolicy, pruneStore } from './prune-store.ts'
import type { StoreWork } from './store-work.ts'

const pruneJob = v.object({ ...prunePolicy.entries, storeDirectory: v.string() })
export type PruneJob = Readonly<v.InferOutput<typeof pruneJob>>

/** Main function of the process that prunes one store: a job from standard input, its report to standard output. */
export async function servePruneJob(
  { stdin, stdout }: { readonly stdin: Readable; readonly stdout: Writable },
  storeWork: (root: string) => StoreWork,
): Promise<void> {
  const { storeDirectory, ...policy } = v.parse(pruneJob, await json(stdin))
  stdout.write(`${JSON.stringify(await pruneStore(storeWork(storeDirectory), policy))}\n`)
}
