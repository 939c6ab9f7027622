import type { Flag } from '../flags/flag-table.ts'

/** Flag of every command that attaches a terminal. */
export const detachKeysFlag = {
  kind: 'string',
  help: 'Key sequence for detaching from the container',
  shownDefault: 'ctrl-p,ctrl-q',
} as const satisfies Flag
