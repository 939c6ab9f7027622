import { defineCommand } from '../../command.ts'
import { clientFlags, openClient } from '../../server/client-flags.ts'
import { formatFlag, printList } from '../../server/print-document.ts'

export const serverWorkerLs = defineCommand({
  usage: '[OPTIONS]',
  flags: { ...clientFlags, ...formatFlag },
  positionals: { min: 0, max: 0 },
  async run({ values, io }) {
    const { workers } = await (await openClient(values, io.env)).call('listWorkers')
    const rows = workers.map(({ id, host, slots, running, draining, seenAt }) => [
      id,
      host,
      `${running.length}/${slots}`,
      draining ? 'draining' : 'ready',
      seenAt.slice(0, 19),
    ])
    const titles = ['ID', 'HOST', 'BUILDS', 'STATE', 'SEEN']
    printList(io, values.format, { document: workers, titles, rows })
    return 0
  },
})
