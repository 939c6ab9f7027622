import { useState } from 'preact/hooks'
import type { Build, BuildState } from '../../api/index.ts'
import { call } from './call.ts'
import { type Action, type Loadable, useAction, useLoadable } from './use-loadable.ts'
import { useServerEvents } from './use-server-events.ts'

export interface BuildsFilter {
  readonly project?: string | undefined
  readonly state?: BuildState | undefined
}

export interface Builds extends Loadable<readonly Build[]> {
  /** Absent if there are no older ones. */
  readonly more: (() => void) | undefined
  readonly moreAction: Action
  /** The list is currently not updated. */
  readonly isStale: boolean
}

const PAGE = 50

/** Newest first, updated live. */
export function useBuilds({ project, state }: BuildsFilter): Builds {
  const query = { project, state, limit: PAGE }
  const key = `${project ?? ''} ${state ?? ''}`
  const first = useLoadable(key, (signal) => call('listBuilds', { query, signal }))
  const [older, setOlder] = useState<{ key: string; builds: readonly Build[]; next: number | undefined }>()
  const [live, setLive] = useState<ReadonlyMap<number, Build>>(new Map())
  const moreAction = useAction()
  const { isStale } = useServerEvents(project, {
    build: (build) => setLive((old) => new Map(old).set(build.id, build)),
    connect: first.reload,
  })
  const tail = older?.key === key ? older : undefined
  const next = tail === undefined ? first.value?.next : tail.next
  const loadMore = (): void =>
    moreAction.run(async () => {
      const page = await call('listBuilds', { query: { ...query, before: next } })
      setOlder({ key, builds: [...(tail?.builds ?? []), ...page.builds], next: page.next })
    })
  const known = first.value && [...first.value.builds, ...(tail?.builds ?? [])]
  return {
    ...first,
    value: known && withLive(known, live, { project, state }),
    more: next === undefined ? undefined : loadMore,
    moreAction,
    isStale,
  }
}

function withLive(
  known: readonly Build[],
  live: ReadonlyMap<number, Build>,
  { project, state }: BuildsFilter,
): readonly Build[] {
  const ids = new Set(known.map(({ id }) => id))
  const oldest = known.at(-1)?.id ?? 0
  const fresh = [...live.values()].filter(({ id }) => !ids.has(id) && id > oldest)
  return [...fresh, ...known.map((build) => live.get(build.id) ?? build)]
    .filter(
      (build) => (project === undefined || build.project === project) && (state === undefined || build.state === state),
    )
    .sort((a, b) => b.id - a.id)
}
