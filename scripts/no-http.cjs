/**
 * Replaces node's `http` in undici, which uses only the default of an option that is always set, and the class of a
 * stream that is never passed. Loading node's module takes milliseconds.
 */
module.exports = { IncomingMessage: class {}, maxHeaderSize: 16 << 10 }
