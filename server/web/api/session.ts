import { createContext } from 'preact'
import { useContext } from 'preact/hooks'
import type { Scope, Session } from '../../api/index.ts'

const RANKS: Readonly<Record<Scope, number>> = { read: 0, build: 1, admin: 2 }

export const SessionContext = createContext<Session>({ name: '', scope: 'read', version: '' })

export function useSession(): Session {
  return useContext(SessionContext)
}

/** Buttons for actions that the server would refuse are hidden. */
export function useMay(scope: Scope): boolean {
  return RANKS[useSession().scope] >= RANKS[scope]
}
