/** Replaces undici's HTTP/2: registries are accessed with HTTP/1.1, and loading node's http2 takes milliseconds. */
module.exports = () => {
  throw new Error('HTTP/2 is left out of this bundle')
}
