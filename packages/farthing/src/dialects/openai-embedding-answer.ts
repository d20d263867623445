import type { JsonObject } from './dialect.js';
import { asObject, parseObject } from './json.js';
import { elementsAt, fieldsAt, type Span, withReplaced } from './json-text.js';

/** An answer with vectors, which stay text: they are most of it, and nobody but their caller has to read them. */
export interface EmbeddingAnswer {
  /** The answer without its vectors, and with no `data`. */
  readonly rest: JsonObject;
  /**
   * The text of the answer to some of the inputs alone, with their indices counted from 0.
   * @param usage what it tells of usage; as it stands where that is `undefined`
   */
  readonly textFor: (from: number, to: number, usage: JsonObject | undefined) => string;
}

/**
 * Takes apart the text of an answer with exactly so many vectors, each of another index or all in order without.
 * `undefined` for any other text. Never throws.
 */
export function readEmbeddingAnswer(text: string, count: number): EmbeddingAnswer | undefined {
  const fields = fieldsAt(text, text.search(/[^\s\uFEFF]/));
  const [data, usage] = [fields.get('data'), fields.get('usage')];
  const items = data ? elementsAt(text, data.start).map((span) => itemAt(text, span)) : [];
  if (!data || items.length !== count || items.length === 0) return undefined;
  const vectors = items.map(({ vector }) => vector).filter((vector) => vector !== undefined);
  // What is left is small; that it can be read says that the text is JSON, but for the insides of its vectors.
  const { data: read, ...rest } =
    parseObject(
      withReplaced(
        text,
        vectors.map((span) => ({ ...span, by: 'null' })),
      ),
    ) ?? {};
  const order = Array.isArray(read) && vectors.length === count ? orderOf(read, count) : undefined;
  if (!order) return undefined;
  const ordered = order.map((at) => items[at]).filter((item) => item !== undefined);
  const [first, second] = items;
  const between = first && second ? text.slice(first.span.end, second.span.start) : ',';
  const opening = text.slice(data.start, first?.span.start);
  const closing = text.slice(items.at(-1)?.span.end, data.end);
  return {
    rest,
    textFor: (from, to, given) => {
      const own = ordered.slice(from, to).map((item, index) => itemText(text, item, index));
      const changes = [{ ...data, by: opening + own.join(between) + closing }];
      if (usage && given) changes.push({ ...usage, by: JSON.stringify(given) });
      // A copy: as pieces of the whole, whoever keeps one part would keep all of it.
      return Buffer.from(withReplaced(text, changes)).toString();
    },
  };
}

/** Where a vector and what is told of it stand. */
interface Item {
  readonly span: Span;
  readonly vector: Span | undefined;
  readonly index: Span | undefined;
}

function itemAt(text: string, span: Span): Item {
  const fields = fieldsAt(text, span.start);
  return { span, vector: fields.get('embedding'), index: fields.get('index') };
}

function itemText(text: string, { span, index }: Item, at: number): string {
  if (!index) return text.slice(span.start, span.end);
  return text.slice(span.start, index.start) + at + text.slice(index.end, span.end);
}

/** For each input, which of the items is its own: servers may answer in any order. */
function orderOf(items: readonly unknown[], count: number): readonly number[] | undefined {
  const indices = items.map((item) => asObject(item)?.['index']);
  if (indices.every((index) => index === undefined)) return indices.map((_, at) => at);
  const order: number[] = [];
  for (const [at, index] of indices.entries()) {
    if (typeof index !== 'number' || !Number.isInteger(index) || index < 0 || index >= count) return undefined;
    if (order[index] !== undefined) return undefined;
    order[index] = at;
  }
  return order;
}
