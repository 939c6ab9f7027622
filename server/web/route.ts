import { useEffect, useState } from 'preact/hooks'

export type Route =
  | { readonly view: 'builds' }
  | { readonly view: 'projects' }
  | { readonly view: 'new-project' }
  | { readonly view: 'project'; readonly project: string; readonly tab: ProjectTab }
  | { readonly view: 'build'; readonly build: number; readonly tab: BuildTab }
  | { readonly view: 'workers' | 'disk' | 'tokens' | 'unknown' }

export const PROJECT_TABS = ['builds', 'settings', 'secrets', 'webhook'] as const
export type ProjectTab = (typeof PROJECT_TABS)[number]
const BUILD_TABS = ['steps', 'image', 'details'] as const
export type BuildTab = (typeof BUILD_TABS)[number]

const PLAIN = ['workers', 'disk', 'tokens'] as const

export function parseRoute(path: string): Route {
  const [section = '', name = '', tab = '', ...rest] = path.split('/').slice(1)
  if (rest.length > 0) return { view: 'unknown' }
  const plain = PLAIN.find((view) => view === section)
  if (plain !== undefined && name === '') return { view: plain }
  if (section === '' || (section === 'builds' && name === '')) return { view: 'builds' }
  if (section === 'new-project' && name === '') return { view: 'new-project' }
  if (section === 'projects' && name === '') return { view: 'projects' }
  const projectTab = PROJECT_TABS.find((one) => one === (tab || 'builds'))
  if (section === 'projects' && projectTab)
    return { view: 'project', project: decodeURIComponent(name), tab: projectTab }
  const buildTab = BUILD_TABS.find((one) => one === (tab || 'steps'))
  if (section === 'builds' && buildTab && /^[1-9]\d{0,14}$/.test(name))
    return { view: 'build', build: Number(name), tab: buildTab }
  return { view: 'unknown' }
}

export function navigate(path: string): void {
  if (path === location.pathname + location.search) return
  history.pushState(null, '', path)
  dispatchEvent(new PopStateEvent('popstate'))
}

/** The path in the address bar, and its changes. */
export function usePath(): string {
  const [path, setPath] = useState(location.pathname)
  useEffect(() => {
    const read = (): void => setPath(location.pathname)
    addEventListener('popstate', read)
    document.addEventListener('click', followLink)
    return () => {
      removeEventListener('popstate', read)
      document.removeEventListener('click', followLink)
    }
  }, [])
  return path
}

/** The parameter in the address bar, and its changes. */
export function useParameter(name: string): string | null {
  const [value, setValue] = useState(() => parameter(name))
  useEffect(() => {
    const read = (): void => setValue(parameter(name))
    addEventListener('popstate', read)
    return () => removeEventListener('popstate', read)
  }, [name])
  return value
}

function parameter(name: string): string | null {
  return new URLSearchParams(location.search).get(name)
}

/** Links within the page do not reload it; links with a modifier key or to other sites are left to the browser. */
function followLink(event: MouseEvent): void {
  const link = event.target instanceof Element ? event.target.closest('a') : null
  if (link === null || event.defaultPrevented || event.button !== 0) return
  if (event.metaKey || event.ctrlKey || event.shiftKey || event.altKey) return
  if (link.target !== '' || link.hasAttribute('download') || link.origin !== location.origin) return
  if (link.pathname.startsWith('/api/') || link.getAttribute('href')?.startsWith('#')) return
  event.preventDefault()
  navigate(link.pathname + link.search)
  scrollTo(0, 0)
}
