import { defineCommand } from '../../command.ts'
import { findImage } from '../../find-image.ts'
import { historyRows, historyTitles } from '../../images/history-rows.ts'
import { listFlags } from '../../output/list-flags.ts'
import { printRows } from '../../output/print-rows.ts'

export const history = defineCommand({
  usage: '[OPTIONS] IMAGE',
  flags: {
    ...listFlags,
    human: { kind: 'bool', short: 'H', default: 'true', help: 'Print sizes and dates in human-readable format' },
  },
  positionals: { min: 1, max: 1 },
  completes: 'image',
  async run({ values, positionals, io, engine }) {
    const { store } = await engine()
    const { image } = await findImage(store, positionals[0] ?? '')
    const options = { noTrunc: values['no-trunc'], human: values.human, nowMs: Date.now() }
    const rows = await historyRows(store, image, options)
    const columns = ['ID', values.human ? 'CreatedSince' : 'CreatedAt', 'CreatedBy', 'Size', 'Comment']
    printRows({ values, io }, rows, { columns, titles: historyTitles })
    return 0
  },
})
