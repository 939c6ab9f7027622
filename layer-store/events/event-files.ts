import { join } from 'node:path'
import { namesIn } from '../files/names-in.ts'

const SUFFIX = '.json-seq'

/**
 * Numbered files; a writer moves to the next number when one is full (also in
 * sandbox-native/crates/foundation/src/events.rs).
 */
export function eventsFolder(root: string): string {
  return join(root, 'events')
}

export function eventsPath(root: string, number: number): string {
  return join(eventsFolder(root), `${number}${SUFFIX}`)
}

/** Oldest first. */
export function eventNumbers(root: string): readonly number[] {
  const names = namesIn(eventsFolder(root)).filter((name) => /^[1-9]\d{0,14}\.json-seq$/.test(name))
  return names.map((name) => Number(name.slice(0, -SUFFIX.length))).sort((a, b) => a - b)
}
