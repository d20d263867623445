/** What the characters of a text are, each counted once in one pass. */
export interface Characters {
  length: number;
  digits: number;
  capitals: number;
  spaces: number;
  lines: number;
  punctuation: number;
  commas: number;
  sentences: number;
  questions: number;
  colons: number;
  quotes: number;
  brackets: number;
  braces: number;
  operators: number;
  equals: number;
  carets: number;
  backslashes: number;
  dollars: number;
  percents: number;
  blanks: number;
  hashes: number;
  decimals: number;
  foreign: number;
}

type Name = keyof Characters;

/** What each ASCII code adds one to, beside the length; the few that depend on their neighbours are in `readCharacters`. */
const namesByCode: readonly (readonly Name[])[] = Array.from({ length: 128 }, (_, code) => {
  const character = String.fromCharCode(code);
  const names: Name[] = [];
  const ask = (set: string, name: Name) => set.includes(character) && names.push(name);
  ask('0123456789', 'digits');
  ask('ABCDEFGHIJKLMNOPQRSTUVWXYZ', 'capitals');
  ask(' \t\n\r', 'spaces');
  ask('\n', 'lines');
  ask('!"#%&\'()*,-./:;?@[]_{}\\', 'punctuation');
  ask(',', 'commas');
  ask('?', 'questions');
  ask(':;', 'colons');
  ask('"', 'quotes');
  ask('()[]', 'brackets');
  ask('{}', 'braces');
  ask('+*/<>|~', 'operators');
  ask('=', 'equals');
  ask('^', 'carets');
  ask('\\', 'backslashes');
  ask('$', 'dollars');
  ask('%', 'percents');
  ask('_', 'blanks');
  ask('#`', 'hashes');
  return names;
});

/** Counts the characters of a text. */
export function readCharacters(text: string): Characters {
  const counts: Characters = {
    length: text.length,
    digits: 0,
    capitals: 0,
    spaces: 0,
    lines: 1,
    punctuation: 0,
    commas: 0,
    sentences: 0,
    questions: 0,
    colons: 0,
    quotes: 0,
    brackets: 0,
    braces: 0,
    operators: 0,
    equals: 0,
    carets: 0,
    backslashes: 0,
    dollars: 0,
    percents: 0,
    blanks: 0,
    hashes: 0,
    decimals: 0,
    foreign: 0,
  };
  const byCode = new Uint32Array(128);
  for (let at = 0; at < text.length; at++) {
    const code = text.charCodeAt(at);
    if (code > 127) {
      if (code >= 0x201c && code <= 0x201d) counts.quotes++;
      else counts.foreign++;
      continue;
    }
    byCode[code] = (byCode[code] ?? 0) + 1;
    if (code !== 46 && code !== 63 && code !== 33) continue;
    const next = text.charCodeAt(at + 1); // NaN at the end
    if (Number.isNaN(next) || next <= 32) counts.sentences++;
    else if (code === 46 && next >= 48 && next <= 57) counts.decimals++;
  }
  for (let code = 0; code < 128; code++) for (const name of namesByCode[code] ?? []) counts[name] += byCode[code] ?? 0;
  return counts;
}
