import type { ComponentChildren } from 'preact'
import { call } from '../api/call.ts'
import { useMay, useSession } from '../api/session.ts'
import { useAction } from '../api/use-loadable.ts'
import { FailureNotice } from '../parts/notice.tsx'
import { ThemeButton } from '../parts/theme-button.tsx'
import { parseRoute, usePath } from '../route.ts'

interface FrameProps {
  readonly onLogout: () => void
  readonly children: ComponentChildren
}

/** The frame of every page. */
export function Frame({ onLogout, children }: FrameProps) {
  const { name, scope, version, build, isTerminal } = useSession()
  const { view } = parseRoute(usePath())
  const { isBusy, failure, run } = useAction()
  const logOut = (): void => run(() => call('closeSession').then(onLogout))
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
          {isTerminal ? (
            <TerminalLinks view={view} title={build === undefined ? 'Builds' : 'Build'} />
          ) : (
            <ServerLinks view={view} />
          )}
        </nav>
        <div class="who">
          <ThemeButton />
          {!isTerminal && (
            <>
              <span class="quiet-text" title={`Token "${name}" of scope ${scope}, tsbuild ${version}`}>
                {name}
              </span>
              <button type="button" class="quiet" disabled={isBusy} onClick={logOut}>
                Log out
              </button>
            </>
          )}
        </div>
      </header>
      <main id="content" tabIndex={-1}>
        {failure && <FailureNotice failure={failure} />}
        {children}
      </main>
    </>
  )
}

function here(view: string, ...views: readonly string[]): 'page' | undefined {
  return views.includes(view) ? 'page' : undefined
}

function ServerLinks({ view }: { readonly view: string }) {
  const isAdmin = useMay('admin')
  return (
    <>
      <a href="/" aria-current={here(view, 'builds', 'build')}>
        Builds
      </a>
      <a href="/projects" aria-current={here(view, 'projects', 'project', 'new-project')}>
        Projects
      </a>
      <a href="/workers" aria-current={here(view, 'workers')}>
        Workers
      </a>
      <a href="/disk" aria-current={here(view, 'disk')}>
        Disk
      </a>
      {isAdmin && (
        <a href="/tokens" aria-current={here(view, 'tokens')}>
          Tokens
        </a>
      )}
    </>
  )
}

function TerminalLinks({ view, title }: { readonly view: string; readonly title: string }) {
  return (
    <>
      <a href="/" aria-current={view === 'disk' ? undefined : 'page'}>
        {title}
      </a>
      <a href="/disk" aria-current={here(view, 'disk')}>
        Disk
      </a>
    </>
  )
}
