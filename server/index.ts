/** The only door of the build server. */
export {}
