/** Text from a file for people to read: nothing in it may steer a terminal, and it is no longer than `most`. */
export function printable(text: string, most = 4096): string {
  const shown = text.replace(/[\p{C}\p{Zl}\p{Zp}]/gu, '?');
  return shown.length <= most ? shown : `${shown.slice(0, most)}…`;
}

/** The same for a message of several lines: it may quote a file, or what native code said of one. */
export function printableLines(text: string): string {
  return text
    .split('\n')
    .map((line) => printable(line))
    .join('\n');
}
