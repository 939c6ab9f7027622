/** Used if neither the container nor its image specifies them. */
export const DEFAULT_STOP_SIGNAL = 'SIGTERM'
export const DEFAULT_STOP_TIMEOUT_SECONDS = 10
