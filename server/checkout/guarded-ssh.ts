/**
 * Connects standard input and output to a host through an HTTP proxy. Git looks for the status of a refusal in the
 * message, as in those of https.
 */
const CONNECT = `
const [proxy, host, port] = process.argv.slice(1)
const target = (host.includes(":") ? "[" + host + "]" : host) + ":" + port
const fail = (reason) => {
  process.stderr.write("fatal: unable to connect to " + target + ": " + reason + "\\n")
  process.exit(1)
}
require("http").request(proxy, { method: "CONNECT", path: target })
  .on("connect", ({ statusCode }, socket, head) => {
    if (statusCode !== 200) fail("HTTP code " + statusCode + " from proxy")
    process.stdout.write(head)
    socket.on("error", () => process.exit(1)).on("close", () => process.exit()).pipe(process.stdout)
    process.stdin.pipe(socket)
  })
  .on("error", ({ message }) => fail(message))
  .end()
`

/**
 * SECURITY: a repository chooses the host, which older versions of ssh insert into the command of the proxy as it is. Git
 * passes it as the last argument but one.
 */
const CHECK_HOST = `for word; do host=$last; last=$word; done; case "$host" in *[!A-Za-z0-9.:@_-]*) echo "fatal: invalid host of a submodule" >&2; exit 1;; esac;`

/** Environment in which ssh connects through the proxy. */
export function sshThrough(proxy: string, env: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  const [node, script] = [process.execPath, CONNECT].map((word) => quoted(word.replaceAll('%', '%%')))
  const setting = quoted(`ProxyCommand=${node} -e ${script} ${proxy} %h %p`)
  return {
    SHELL: '/bin/sh', // runs the proxy's command; that of a system user refuses to
    GIT_SSH_VARIANT: 'ssh',
    GIT_SSH_COMMAND: `${CHECK_HOST} ${env['GIT_SSH_COMMAND'] ?? 'ssh'} -o ${setting}`,
  }
}

function quoted(word: string): string {
  return `'${word.replaceAll("'", `'\\''`)}'`
}
