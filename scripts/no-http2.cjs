/** In place of undici's HTTP/2: registries are spoken to by HTTP/1.1, and node's part for it takes milliseconds to load. */
module.exports = () => {
  throw new Error('HTTP/2 is left out of this bundle')
}
