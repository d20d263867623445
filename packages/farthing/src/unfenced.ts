/**
 * What stands between the fences of a text that is one fenced block, or the text itself. Linear: answers are written by
 * whoever likes to see a pattern backtrack.
 */
export function unfenced(text: string): string {
  const trimmed = text.trim();
  if (!trimmed.startsWith('```') || !trimmed.endsWith('```')) return trimmed;
  const from = trimmed.indexOf('\n');
  const to = trimmed.lastIndexOf('\n');
  if (from < 0 || to <= from) return trimmed;
  const language = trimmed.slice(3, from).trim().toLowerCase();
  const isWhole = trimmed.slice(to).trim() === '```' && (language === '' || language === 'json');
  return isWhole ? trimmed.slice(from + 1, to).trim() : trimmed;
}
