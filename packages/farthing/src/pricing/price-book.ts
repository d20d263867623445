import { ownValue } from '../dialects/json.js';
import { remember } from '../remember.js';
import {
  type Catalogue,
  type CatalogueModel,
  type CatalogueProvider,
  type CatalogueRate,
  catalogue,
  matches,
} from './catalogue.js';
import type { Price, PriceBook, PriceBreak, Rates, TierPrice } from './price.js';
import { type PriceOverrides, parseOverride } from './price-overrides.js';
import { parseRate, partOfRate, type RateStrings, scaleTier } from './rates.js';

/** What a price book is made of. */
export interface PriceBookOptions {
  readonly overrides?: PriceOverrides | undefined;
  /** What a deployment or a private name stands for. */
  readonly aliases?: Readonly<Record<string, string>> | undefined;
  /** Provider ids of hosts (`llm.internal`, `127.0.0.1:8000`) that the catalogue does not know. */
  readonly providers?: Readonly<Record<string, string>> | undefined;
  /** @default the one that this version ships */
  readonly catalogue?: Catalogue | undefined;
}

/** A price with the time in which it holds. */
interface Dated {
  readonly fromMs: number;
  readonly times: readonly [string, string] | undefined;
  readonly price: Price;
}

const maxRemembered = 5000;
const staleAfterMs = 30 * 86_400_000;

/** Whether a catalogue is more than 30 days old. */
export function isStale(asOf: string, nowMs: number): boolean {
  return nowMs - Date.parse(asOf) > staleAfterMs;
}

/**
 * Prices from the catalogue, with own ones in front of it.
 * @throws TypeError for an own price that can't be read; it names option, expected and got
 */
export function createPriceBook({
  overrides = {},
  aliases = {},
  providers = {},
  catalogue: given,
}: PriceBookOptions = {}): PriceBook {
  const own = new Map(
    Object.entries(overrides).map(([name, override]) => [name, parseOverride('', name, override, `prices['${name}']`)]),
  );
  const book = (): Catalogue => given ?? catalogue();

  const look = remember((key: string): readonly Dated[] => {
    const [provider = '', model = ''] = key.split('\n');
    const name = ownValue(aliases, model) ?? model;
    const override = [`${provider}/${model}`, model, `${provider}/${name}`, name]
      .map((key) => own.get(key))
      .find(Boolean);
    if (override) return [{ fromMs: 0, times: undefined, price: { ...override, provider, model: name } }];
    const found = findModel(book(), provider, name);
    return found ? datedPrices(found.provider, found.model, book(), isFloating(name)) : [];
  }, maxRemembered);

  const placeOf = remember((url: string): ReturnType<PriceBook['placeOf']> => {
    const host = /^[a-z]+:\/\/(?:[^/@]*@)?([^/?#]+)/i.exec(url)?.[1] ?? '';
    const named = ownValue(providers, host) ?? ownValue(providers, host.replace(/:\d+$/, ''));
    if (named !== undefined) return { provider: named };
    const origin = `https://${host}${url.slice(url.indexOf(host) + host.length)}`;
    const place = patternsOf(book()).find(({ pattern }) => pattern.test(origin));
    return place && { provider: place.provider, ...(place.geo !== undefined && { geo: place.geo }) };
  }, maxRemembered);

  return {
    get asOf() {
      return book().asOf;
    },
    find: ({ provider, model, atMs }) => {
      const dated = look(`${provider}\n${model}`);
      // The last one that holds wins, as in the seed: a dated or timed price stands behind the base.
      return dated.length === 1
        ? dated[0]?.price
        : dated.findLast((each) => each.fromMs <= atMs && holdsAt(each.times, atMs))?.price;
    },
    placeOf,
  };
}

const patterns = new WeakMap<
  Catalogue,
  readonly { readonly pattern: RegExp; readonly provider: string; readonly geo: string | undefined }[]
>();

function patternsOf(
  book: Catalogue,
): readonly { readonly pattern: RegExp; readonly provider: string; readonly geo: string | undefined }[] {
  let found = patterns.get(book);
  if (!found) {
    const places = book.places.map(({ pattern, provider, geo }) => ({ pattern: new RegExp(pattern), provider, geo }));
    found = [
      ...places,
      ...book.providers.map(({ host, id }) => ({
        pattern: new RegExp(`^(?:${host})${/[a-z]$/.test(host) ? '(?![\\w.-])' : ''}`),
        provider: id,
        geo: undefined,
      })),
    ];
    patterns.set(book, found);
  }
  return found;
}

/** By name, then without the date of a snapshot, then at the providers whose models this one resells. */
function findModel(
  book: Catalogue,
  provider: string,
  model: string,
): { readonly provider: CatalogueProvider; readonly model: CatalogueModel } | undefined {
  const home = book.providers.find(({ id }) => id === provider);
  if (!home) return undefined;
  const name = model.toLowerCase();
  for (const each of [name, name.replace(/-(\d{4}-\d{2}-\d{2}|\d{8})$/, '')]) {
    const found = home.models.find(({ id }) => id === each) ?? home.models.find(({ match }) => matches(match, each));
    if (found) return { provider: home, model: found };
  }
  for (const other of home.fallback ?? []) {
    const found = findModel(book, other, model);
    if (found) return found;
  }
  return undefined;
}

/** A name that the provider moves from model to model: what it costs today may not be what it cost when it was read. */
function isFloating(model: string): boolean {
  return /-latest$/.test(model) || /^deepseek-(chat|reasoner)$/.test(model);
}

function holdsAt(times: Dated['times'], atMs: number): boolean {
  if (!times) return true;
  const time = new Date(atMs).toISOString().slice(11, 19);
  const [start, end] = times.map((each) => each.slice(0, 8)) as [string, string]; // two in, two out
  return start <= end ? time >= start && time < end : time >= start || time < end;
}

function datedPrices(
  provider: CatalogueProvider,
  model: CatalogueModel,
  book: Catalogue,
  floating: boolean,
): readonly Dated[] {
  return model.prices.map(({ from, times, rates }): Dated => {
    const base = basePrice(rates);
    const tiers = Object.fromEntries(
      Object.entries(model.tiers ?? {}).map(([tier, ratio]): [string, TierPrice] => [tier, scaleTier(base, ratio)]),
    );
    const geo = Object.fromEntries(
      Object.entries(model.geo ?? {}).map(([name, [numerator, denominator]]): [string, readonly [bigint, bigint]] => [
        name,
        [BigInt(numerator), BigInt(denominator)],
      ]),
    );
    return {
      fromMs: from === undefined ? 0 : Date.parse(from),
      times,
      price: {
        provider: provider.id,
        model: model.id,
        ...base,
        tiers,
        geo,
        unaskedGeo: Object.keys(geo).filter(
          (name) => !book.places.some((place) => place.provider === provider.id && place.geo === name),
        ),
        ...(model.maxOutputTokens !== undefined && { maxOutputTokens: model.maxOutputTokens }),
        ...(model.contextWindow !== undefined && { contextWindow: model.contextWindow }),
        ...(model.reasoning !== undefined && { reasoning: model.reasoning }),
        confidence: floating ? 'low' : 'exact',
        source: book.source,
        asOf: book.asOf,
      },
    };
  });
}

/** The base rates, and one set of rates for each threshold at which any of them changes. */
function basePrice(written: Readonly<Record<string, CatalogueRate>>): TierPrice {
  const at = (threshold: number): Rates =>
    Object.fromEntries(
      Object.entries(written).map(([name, rate]) => {
        const known = name as keyof RateStrings; // the build script writes no other names
        const steps =
          typeof rate === 'string'
            ? []
            : rate
                .slice(1)
                .filter((step): step is readonly [number, string] => Array.isArray(step) && step[0] <= threshold);
        const text = steps.at(-1)?.[1] ?? (typeof rate === 'string' ? rate : rate[0]);
        return [partOfRate[known], parseRate(known, text, 'catalogue')];
      }),
    );
  const thresholds = new Set(
    Object.values(written).flatMap((rate) =>
      typeof rate === 'string' ? [] : rate.slice(1).flatMap((step) => (Array.isArray(step) ? [Number(step[0])] : [])),
    ),
  );
  const breaks = [...thresholds]
    .sort((a, b) => a - b)
    .map((threshold): PriceBreak => ({ threshold, compare: 'gt', rates: at(threshold) }));
  return { rates: at(-1), breaks };
}
