import fc from 'fast-check'

/** The same examples every time, so that a run is reproducible; `FC_SEED` selects others. */
fc.configureGlobal({ seed: Number(process.env['FC_SEED'] ?? 20_260_101) })
