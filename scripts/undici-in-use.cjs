/**
 * The parts of undici that the program uses, with their names from its index.js. The whole of it also has fetch, web
 * sockets and test doubles, whose start makes node load its built-in copy too: together half of a small push's start.
 */
const Dispatcher = require('undici/lib/dispatcher/dispatcher.js')
const api = require('undici/lib/api/index.js')

Object.assign(Dispatcher.prototype, api)

module.exports = {
  Agent: require('undici/lib/dispatcher/agent.js'),
  Client: require('undici/lib/dispatcher/client.js'),
  Pool: require('undici/lib/dispatcher/pool.js'),
  ProxyAgent: require('undici/lib/dispatcher/proxy-agent.js'),
  buildConnector: require('undici/lib/core/connect.js'),
}
