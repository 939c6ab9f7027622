import { familiarName, familiarRepository, parseReference } from '../../image-spec/index.ts'
import type { ImageRecord } from '../../layer-store/index.ts'
import { hasLabel } from '../../notation/index.ts'
import { filterBool } from '../flags/filters.ts'
import { parseTime } from '../flags/times.ts'
import { parseNamePattern } from './name-pattern.ts'

export const imageFilters = ['dangling', 'label', 'reference', 'before', 'since', 'until'] as const

export interface Selection {
  readonly filters: ReadonlyMap<string, readonly string[]>
  /** `REPOSITORY[:TAG]`. */
  readonly pattern: string | undefined
  /** Finds the image named by `before` or `since`. */
  readonly find: (name: string) => Promise<ImageRecord>
  readonly nowMs: number
}

/** The images that match all filters, newest first, with only those names that match one of the patterns. */
export async function selectImages(
  images: readonly ImageRecord[],
  selection: Selection,
): Promise<readonly ImageRecord[]> {
  const tests = await filterTests(selection)
  const patterns = [
    ...(selection.filters.get('reference') ?? []),
    ...(selection.pattern === undefined ? [] : [selection.pattern]),
  ]
  const nameTests = patterns.map(nameTest)
  return images
    .filter((image) => tests.every((test) => test(image)))
    .flatMap((image) => (nameTests.length === 0 ? [image] : withNames(image, nameTests)))
    .sort((a, b) => createdMs(b) - createdMs(a) || (a.id < b.id ? -1 : 1))
}

type ImageTest = (image: ImageRecord) => boolean

async function filterTests({ filters, find, nowMs }: Selection): Promise<readonly ImageTest[]> {
  const tests: ImageTest[] = []
  for (const value of filters.get('dangling') ?? []) {
    const expected = filterBool('dangling', value)
    tests.push((image) => (image.tags.length === 0) === expected)
  }
  for (const value of filters.get('label') ?? [])
    tests.push(({ config }) => hasLabel(config.config?.Labels ?? {}, value))
  for (const name of filters.get('before') ?? []) {
    const limit = createdMs(await find(name))
    tests.push((image) => createdMs(image) < limit)
  }
  for (const name of filters.get('since') ?? []) {
    const limit = createdMs(await find(name))
    tests.push((image) => createdMs(image) > limit)
  }
  for (const value of filters.get('until') ?? []) {
    const limit = parseTime(value, nowMs)
    tests.push((image) => createdMs(image) < limit)
  }
  return tests
}

function withNames(image: ImageRecord, tests: readonly ((name: string) => boolean)[]): readonly ImageRecord[] {
  const matches = (full: string) => tests.some((test) => test(full))
  const tags = image.tags.filter(matches)
  const repositoryDigests = image.repositoryDigests.filter(matches)
  return tags.length + repositoryDigests.length === 0 ? [] : [{ ...image, tags, repositoryDigests }]
}

/** Matches the familiar name, with and without its tag; also the full name if the pattern is written like one. */
function nameTest(pattern: string): (full: string) => boolean {
  const expression = parseNamePattern(pattern)
  const isFull = pattern.startsWith('docker.io/')
  return (full) => {
    const reference = parseReference(full)
    const names = [familiarName(reference), familiarRepository(reference), ...(isFull ? [full] : [])]
    return names.some((name) => expression.test(name))
  }
}

function createdMs(image: ImageRecord): number {
  const ms = Date.parse(image.config.created ?? '')
  return Number.isNaN(ms) ? 0 : ms
}
