/** What a file that is no GGUF model most likely is, from its first bytes; empty where that is unknown. */
export function nameForeignFile(start: Buffer): string {
  const text = start.toString('latin1');
  const trimmed = text.trimStart().toLowerCase();
  if (text.startsWith('version https://git-lfs')) return 'a Git LFS pointer, which only names the model';
  if (trimmed.startsWith('<!doctype html') || trimmed.startsWith('<html')) return 'an HTML page';
  if (trimmed.startsWith('<')) return 'an XML or HTML page';
  if (text.startsWith('FUGG')) return 'a GGUF file with its bytes reversed';
  if (text.startsWith('lmgg') || text.startsWith('fmgg') || text.startsWith('tjgg'))
    return 'a GGML file from before GGUF, which has to be converted';
  if (text.startsWith('PK\u0003\u0004')) return 'a zip archive, as PyTorch writes its models';
  if (text.startsWith('\u001f\u008b')) return 'a gzip archive, which has to be unpacked';
  if (text.slice(8, 10) === '{"') return 'a safetensors file, which has to be converted';
  if (trimmed.startsWith('{') || trimmed.startsWith('[')) return 'JSON';
  return '';
}
