import { useCallback, useEffect, useState } from 'preact/hooks'
import type { Session } from '../api/index.ts'
import { call, type Failure, failureOf } from './api/call.ts'
import { SessionContext, useMay, useSession } from './api/session.ts'
import { onLogout } from './api/use-loadable.ts'
import { useServerEvents } from './api/use-server-events.ts'
import { FailureNotice, Loading } from './parts/notice.tsx'
import { parseRoute, type Route, usePath } from './route.ts'
import { BuildPage } from './views/builds/build-page.tsx'
import { BuildsPage } from './views/builds/builds-page.tsx'
import { DiskPage } from './views/disk-page.tsx'
import { Frame } from './views/frame.tsx'
import { LoginPage } from './views/login-page.tsx'
import { NotAllowedPage } from './views/not-allowed-page.tsx'
import { NotFoundPage } from './views/not-found-page.tsx'
import { NewProjectPage } from './views/projects/new-project-page.tsx'
import { ProjectPage } from './views/projects/project-page.tsx'
import { ProjectsPage } from './views/projects/projects-page.tsx'
import { TokensPage } from './views/tokens-page.tsx'
import { WorkersPage } from './views/workers-page.tsx'

type State =
  | { readonly kind: 'asking' }
  /** `hasEnded`: while the page was open, and not by its button. */
  | { readonly kind: 'logged-out'; readonly hasEnded?: boolean }
  | { readonly kind: 'broken'; readonly failure: Failure }
  | { readonly kind: 'logged-in'; readonly session: Session }

export function App() {
  const [state, setState] = useState<State>({ kind: 'asking' })
  const ask = useCallback(() => {
    call('showSession').then(
      (session) => setState({ kind: 'logged-in', session }),
      (error) => {
        const failure = failureOf(error)
        setState(failure.code === 'SERVER_UNAUTHORIZED' ? { kind: 'logged-out' } : { kind: 'broken', failure })
      },
    )
  }, [])
  useEffect(() => {
    ask()
    return onLogout(() => setState((old) => (old.kind === 'logged-in' ? { kind: 'logged-out', hasEnded: true } : old)))
  }, [ask])
  switch (state.kind) {
    case 'asking':
      return <Loading what="tsbuild" />
    case 'broken':
      return (
        <main class="narrow">
          <FailureNotice failure={state.failure} onRetry={ask} />
        </main>
      )
    case 'logged-out':
      return (
        <LoginPage hasEnded={state.hasEnded === true} onLogin={(session) => setState({ kind: 'logged-in', session })} />
      )
    case 'logged-in':
      return (
        <SessionContext.Provider value={state.session}>
          <Frame onLogout={() => setState({ kind: 'logged-out' })}>
            <View />
          </Frame>
        </SessionContext.Provider>
      )
  }
}

function View() {
  const route = parseRoute(usePath())
  const { build, isTerminal } = useSession()
  if (build !== undefined) return <TerminalView route={route} build={build} />
  return isTerminal ? <PastView route={route} /> : <ServerView route={route} />
}

/** The page of a build at a terminal. */
function TerminalView({ route, build }: { readonly route: Route; readonly build: number }) {
  useServerEvents(undefined, { build: () => {}, connect: () => {} }) // reports to the program that the page is open
  if (route.view === 'disk') return <DiskPage />
  const tab = route.view === 'build' ? route.tab : 'steps'
  return <BuildPage id={build} tab={tab} />
}

/** Builds recorded in the store of the terminal's user. */
function PastView({ route }: { readonly route: Route }) {
  useServerEvents(undefined, { build: () => {}, connect: () => {} }) // reports to the program that the page is open
  switch (route.view) {
    case 'builds':
      return <BuildsPage />
    case 'build':
      return <BuildPage key={route.build} id={route.build} tab={route.tab} />
    case 'disk':
      return <DiskPage />
    default:
      return <NotFoundPage />
  }
}

/** Views that consist only of actions that the server would refuse. */
const ADMIN_VIEWS: readonly Route['view'][] = ['new-project', 'tokens']

function ServerView({ route }: { readonly route: Route }) {
  const isAdmin = useMay('admin')
  if (!isAdmin && ADMIN_VIEWS.includes(route.view)) return <NotAllowedPage />
  switch (route.view) {
    case 'builds':
      return <BuildsPage />
    case 'projects':
      return <ProjectsPage />
    case 'new-project':
      return <NewProjectPage />
    case 'project':
      return <ProjectPage key={route.project} project={route.project} tab={route.tab} />
    case 'build':
      return <BuildPage key={route.build} id={route.build} tab={route.tab} />
    case 'workers':
      return <WorkersPage />
    case 'disk':
      return <DiskPage />
    case 'tokens':
      return <TokensPage />
    case 'unknown':
      return <NotFoundPage />
  }
}
