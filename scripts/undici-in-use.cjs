/**
 * The parts of undici that the program uses, by their names in its index.js. The complete package also has fetch, web
 * sockets and test doubles, which make node load its built-in copy as well: together half of the start-up time of a
 * small push.
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
