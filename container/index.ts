/** The only door of containers: run, ps, stop, logs, rm and what follows; processes on the sandbox and the store. */
export {}
