import type { ComponentChildren } from 'preact'
import { call } from '../api/call.ts'
import { useMay, useSession } from '../api/session.ts'
import { ThemeButton } from '../parts/theme-button.tsx'
import { parseRoute, usePath } from '../route.ts'

interface FrameProps {
  readonly onLogout: () => void
  readonly children: ComponentChildren
}

/** What every page has around it. */
export function Frame({ onLogout, children }: FrameProps) {
  const { name, scope, version } = useSession()
  const isAdmin = useMay('admin')
  const { view } = parseRoute(usePath())
  const here = (...views: readonly string[]) => (views.includes(view) ? 'page' : undefined)
  const logOut = (): void => {
    call('closeSession').finally(onLogout)
  }
  return (
    <>
      <a class="skip" href="#content">
        Skip to content
      </a>
      <header class="top">
        <a class="brand" href="/">
          <img src="/icon.svg" alt="" width="22" height="22" />
          tsbuild
        </a>
        <nav aria-label="Main">
          <a href="/" aria-current={here('builds', 'build')}>
            Builds
          </a>
          <a href="/projects" aria-current={here('projects', 'project', 'new-project')}>
            Projects
          </a>
          <a href="/workers" aria-current={here('workers')}>
            Workers
          </a>
          <a href="/disk" aria-current={here('disk')}>
            Disk
          </a>
          {isAdmin && (
            <a href="/tokens" aria-current={here('tokens')}>
              Tokens
            </a>
          )}
        </nav>
        <div class="who">
          <ThemeButton />
          <span class="quiet-text" title={`Token "${name}" of scope ${scope}, tsbuild ${version}`}>
            {name}
          </span>
          <button type="button" class="quiet" onClick={logOut}>
            Log out
          </button>
        </div>
      </header>
      <main id="content" tabIndex={-1}>
        {children}
      </main>
    </>
  )
}
