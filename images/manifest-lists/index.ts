/** Manifest lists: created and annotated in the store, pushed as indexes. Indexes of multi-platform builds do not belong here. */
export { fetchEntry, indexOf, withEntry, withPlatform } from './build-list.ts'
export { fetchListed } from './fetch-listed.ts'
export { manifestLists } from './list-files.ts'
export { pushList } from './push-list.ts'
