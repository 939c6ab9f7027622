import type { Healthcheck } from '../../image-spec/index.ts'
import { goDuration } from '../../notation/index.ts'
import type { SuperviseRequest } from '../../sandbox-native/driver/index.ts'
import { ContainerError } from '../contract/errors.ts'
import type { HealthSpec } from '../contract/run-spec.ts'
import type { StoredContainer } from '../state/stored-container.ts'
import { environmentOf } from './environment.ts'
import { processSpec } from './process-spec.ts'

const NS_PER_MS = 1e6
/** SPEC: moby daemon/health.go: values for missing and zero settings. */
const DEFAULTS = {
  intervalMs: 30_000,
  timeoutMs: 30_000,
  startPeriodMs: 0,
  startIntervalMs: 5_000,
  retries: 3,
} as const
const DEFAULT_SHELL = ['/bin/sh', '-c']
const LONGEST_MS = 0xffff_ffff
/**
 * SECURITY: starting a check uses CPU time outside the container's limits, so an image cannot set an interval of 1 ns.
 */
const SHORTEST_OF_IMAGE_NS = 100 * NS_PER_MS

/** The image's healthcheck with the settings of `run` applied. Undefined if there is none. */
export function healthOf(
  spec: HealthSpec | 'none' | undefined,
  image: Healthcheck | undefined,
): Healthcheck | undefined {
  if (spec === 'none') return { Test: ['NONE'] }
  const ofImage = image && { ...image, ...leastOf('Interval', image), ...leastOf('StartInterval', image) }
  if (spec === undefined) return ofImage
  const test = spec.command === undefined ? image?.Test : ['CMD-SHELL', spec.command]
  if (test === undefined) {
    throw new ContainerError('CONTAINER_BAD_OPTION', 'Cannot check the health: no command', {
      hint: 'Set one with --health-cmd, or add a HEALTHCHECK to the image',
    })
  }
  return {
    ...ofImage,
    Test: test,
    ...timeOf('Interval', spec.intervalMs),
    ...timeOf('Timeout', spec.timeoutMs),
    ...timeOf('StartPeriod', spec.startPeriodMs),
    ...timeOf('StartInterval', spec.startIntervalMs),
    ...(spec.retries === undefined || spec.retries === 0 ? {} : { Retries: spec.retries }),
  }
}

function leastOf<K extends 'Interval' | 'StartInterval'>(key: K, image: Healthcheck): { readonly [P in K]?: number } {
  const found = image[key]
  if (found === undefined || found <= 0 || found >= SHORTEST_OF_IMAGE_NS) return {}
  return { [key]: SHORTEST_OF_IMAGE_NS } as { readonly [P in K]?: number }
}

/** 0 means the image's value, or the default. */
function timeOf<K extends keyof Healthcheck>(key: K, ms: number | undefined): { readonly [P in K]?: number } {
  if (ms === undefined || ms === 0) return {}
  if (ms >= 1) return { [key]: Math.round(ms * NS_PER_MS) } as { readonly [P in K]?: number }
  throw new ContainerError(
    'CONTAINER_BAD_OPTION',
    `Cannot check the health: ${key} is ${ms} ms (expected 1 ms or more)`,
  )
}

/** The supervisor's healthcheck; undefined if there is none. */
export function healthRequest(stored: StoredContainer): SuperviseRequest['health'] {
  const argv = commandOf(stored)
  if (stored.health === undefined || argv === undefined) return undefined
  const { Interval, Timeout, StartPeriod, StartInterval, Retries } = stored.health
  const timeoutMs = msOf(Timeout, DEFAULTS.timeoutMs)
  return {
    process: processSpec(stored, { argv, env: environmentOf(stored, { terminal: false }) }),
    security: stored.privileged ? 'insecure' : 'default',
    intervalMs: msOf(Interval, DEFAULTS.intervalMs),
    timeoutMs,
    timeoutMessage: `Health check exceeded timeout (${goDuration(timeoutMs * NS_PER_MS)})`,
    startPeriodMs: msOf(StartPeriod, DEFAULTS.startPeriodMs),
    startIntervalMs: msOf(StartInterval, DEFAULTS.startIntervalMs),
    retries: Retries === undefined || Retries <= 0 ? DEFAULTS.retries : Math.min(Retries, LONGEST_MS),
  }
}

/** SPEC: image-spec docker extension, Healthcheck.Test: CMD is executed directly, CMD-SHELL by the image's shell. */
function commandOf({ health, shell }: StoredContainer): readonly string[] | undefined {
  const [form, ...words] = health?.Test ?? []
  if (words.length === 0) return undefined
  if (form === 'CMD') return words
  return form === 'CMD-SHELL' ? [...(shell ?? DEFAULT_SHELL), ...words] : undefined
}

function msOf(ns: number | undefined, standard: number): number {
  return ns === undefined || ns <= 0 ? standard : Math.min(Math.max(1, Math.round(ns / NS_PER_MS)), LONGEST_MS)
}
