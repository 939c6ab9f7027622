import fc from 'fast-check'

/** The same examples every time, so that a run can be repeated; `FC_SEED` looks at others. */
fc.configureGlobal({ seed: Number(process.env['FC_SEED'] ?? 20_260_101) })
