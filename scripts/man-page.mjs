// The manual page tsbuild(1), of the help of the compiled program.
import { execFileSync } from 'node:child_process'
import { join } from 'node:path'

/** `home` contains bin/ and dist/. */
export function manPage(home, { version, description }) {
  const help = (...words) =>
    execFileSync(process.execPath, ['--', join(home, 'dist/start.cjs'), ...words, '--help'], {
      encoding: 'utf8',
      env: { PATH: process.env.PATH, COLUMNS: '72' },
    })
  return [
    `.TH TSBUILD 1 "" "tsbuild ${version}" "User Commands"`,
    '.SH NAME',
    `tsbuild \\- ${text(description[0].toLowerCase() + description.slice(1))}`,
    ...['.SH SYNOPSIS', '.B tsbuild', '[COMMAND] [OPTIONS]'],
    ...['.SH COMMANDS', verbatim(help())],
    ...['.SH BUILD', 'The default command.', verbatim(help('build'))],
    ...['.SH EXIT STATUS', '0 for success; other codes are listed in /usr/share/doc/tsbuild/exit\\-codes.md.'],
    ...['.SH SEE ALSO', '/usr/share/doc/tsbuild', ''],
  ].join('\n')
}

const verbatim = (lines) => `.nf\n${text(lines.trimEnd())}\n.fi`

/** SPEC: groff(7): a line that begins with a point or an apostrophe is a request. */
const text = (plain) =>
  plain
    .replaceAll('\\', '\\e')
    .replaceAll('-', '\\-')
    .replace(/^(?=[.'])/gm, '\\&')
