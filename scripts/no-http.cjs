/**
 * In place of node's `http` in undici, which takes from it the default of an option that is always set, and the class of
 * a stream that is never passed: node's takes milliseconds to load.
 */
module.exports = { IncomingMessage: class {}, maxHeaderSize: 16 << 10 }
