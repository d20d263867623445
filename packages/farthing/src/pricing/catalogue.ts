import { catalogueJson } from './catalogue.generated.js';

/**
 * How a model is told by its name: `=exact`, `^start`, `$end`, `~part`, `/pattern`, or any (`|`) or all (`&`) of
 * several.
 */
export type Match = string | readonly ['|' | '&', ...Match[]];

/** Rates as the catalogue writes them: a decimal string, or the base and `[threshold, rate]` above it. */
export type CatalogueRate = string | readonly [string, ...(readonly [number, string])[]];

/** One model: its prices from the oldest on, each with the condition under which it holds. */
export interface CatalogueModel {
  readonly id: string;
  readonly match: Match;
  /** `from`: a day, YYYY-MM-DD; `times`: the hours of a day, `HH:MM:SSZ`, between which it holds. */
  readonly prices: readonly {
    readonly from?: string;
    readonly times?: readonly [string, string];
    readonly rates: Readonly<Record<string, CatalogueRate>>;
  }[];
  readonly contextWindow?: number;
  /** Ratios of service tiers to the base. */
  readonly tiers?: Readonly<Record<string, readonly [number, number]>>;
  readonly geo?: Readonly<Record<string, readonly [number, number]>>;
  readonly maxOutputTokens?: number;
  readonly reasoning?: boolean;
}

/** One provider. */
export interface CatalogueProvider {
  readonly id: string;
  /** Pattern of its base URL. */
  readonly host: string;
  /** Providers whose models it resells under the same names. */
  readonly fallback?: readonly string[];
  readonly models: readonly CatalogueModel[];
}

/** All prices, as compiled by `scripts/build-catalogue.ts`. */
export interface Catalogue {
  /** YYYY-MM-DD. */
  readonly asOf: string;
  readonly source: string;
  /** Hosts that stand for a geography. */
  readonly places: readonly { readonly pattern: string; readonly provider: string; readonly geo: string }[];
  readonly providers: readonly CatalogueProvider[];
}

let parsed: Catalogue | undefined;

/** The catalogue that this version ships; parsed on first use, since it is large. */
export function catalogue(): Catalogue {
  parsed ??= JSON.parse(catalogueJson) as Catalogue; // written by the build script in this form
  return parsed;
}

/** Whether a model's name, in lower case, fits. */
export function matches(match: Match, name: string): boolean {
  if (typeof match !== 'string') {
    const [kind, ...all] = match;
    return kind === '|' ? all.some((each) => matches(each, name)) : all.every((each) => matches(each, name));
  }
  const text = match.slice(1);
  switch (match[0]) {
    case '=':
      return name === text;
    case '^':
      return name.startsWith(text);
    case '$':
      return name.endsWith(text);
    case '~':
      return name.includes(text);
    default:
      return new RegExp(text).test(name);
  }
}
