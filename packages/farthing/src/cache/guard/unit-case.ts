/** Symbols of units that a small m makes a thousandth of and a capital M a million of. */
const measured: Readonly<Record<string, string>> = {
  W: 'watt',
  A: 'amp',
  V: 'volt',
  J: 'joule',
  Hz: 'hertz',
  Ω: 'ohm',
  Pa: 'pascal',
  M: 'molar',
};
const prefixes: Readonly<Record<string, string>> = { m: 'milli', M: 'mega', k: 'kilo' };

/** Does the case tell units apart here? Not where all is written in capitals. */
function tellsCase(text: string): boolean {
  return /[a-z]{2}/.test(text);
}

/** Writes out behind a number what small letters no longer tell: mW and MW, Mb and MB, 5 m and 5 M. */
export function respellUnits(text: string): string {
  const bits = text.replace(/(?<=\d ?)([KMGT])b\b/g, '$1bit');
  if (!tellsCase(bits.replace(/\d+ ?\w+/g, ''))) return bits;
  return (
    bits
      .replace(/(?<=\d) ?([mMk]?)(Hz|Pa|[WAVJΩ])(?![\w-])/g, (match, prefix: string, unit: string) =>
        // What "MHz" and "kW" mean nobody writes otherwise.
        unit !== 'Ω' && (prefix === '' || prefix === 'k' || (prefix === 'M' && unit === 'Hz'))
          ? match
          : ` ${prefixes[prefix] ?? ''}${measured[unit]}`,
      )
      .replace(/(?<=\d) ?mM(?![\w-])/g, ' millimolar')
      .replace(/(?<=\d) ?Mm(?![\w-])/g, ' megameter')
      // "$5 M" and "5M users" are millions, "3 M" of an acid is none.
      .replace(/(?<=(?<![$€£¥₹]\s?[\d.,]*)\d) M(?![\w.-])(?= of\b|\s*[?!.,]|$)/g, ' molar')
  );
}
