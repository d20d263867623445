import type { z } from 'zod';
import { LocalError } from '../local-error.js';

/** Far more than a schema of the deepest grammar has. */
const mostLevels = 256;

/**
 * The body of a request, checked.
 * @throws LocalError `request_too_large` or `invalid_request`; neither holds anything of the body's text.
 */
export async function readBody<T extends z.ZodType>(
  request: Request,
  schema: T,
  limitBytes: number,
): Promise<z.output<T>> {
  const parsed = schema.safeParse(parseJson(await readBytes(request, limitBytes)));
  if (parsed.success) return parsed.data;
  const { path, message } = clearest(parsed.error.issues);
  const param = fieldName(path);
  throw new LocalError('invalid_request', param === '' ? `The body: ${message}` : `${param}: ${message}`, {
    ...(param !== '' && { param }),
  });
}

async function readBytes(request: Request, limitBytes: number): Promise<Uint8Array> {
  if (Number(request.headers.get('content-length') ?? 0) > limitBytes) throw tooLarge(limitBytes);
  // Copied as it comes: to keep millions of parts of one byte would take a hundred times their length.
  let held = Buffer.alloc(0);
  let size = 0;
  for await (const part of request.body ?? []) {
    const needed = size + part.byteLength;
    if (needed > limitBytes) throw tooLarge(limitBytes);
    if (needed > held.length) {
      const larger = Buffer.allocUnsafe(Math.min(limitBytes, Math.max(needed, 2 * held.length)));
      held.copy(larger, 0, 0, size);
      held = larger;
    }
    held.set(part, size);
    size = needed;
  }
  return held.subarray(0, size);
}

function tooLarge(limitBytes: number): LocalError {
  return new LocalError('request_too_large', `The body is larger than ${limitBytes} bytes. Send less in one request.`);
}

function parseJson(bytes: Uint8Array): unknown {
  if (bytes.byteLength === 0) throw new LocalError('invalid_request', 'The body is empty; a JSON object was expected.');
  let value: unknown;
  try {
    value = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes));
  } catch {
    // The parser's own message quotes the text, which may be the prompt.
    throw new LocalError('invalid_request', 'The body is not JSON in UTF-8; a JSON object was expected.');
  }
  if (isWithin(value, mostLevels)) return value;
  throw new LocalError('invalid_request', `The body is nested more than ${mostLevels} levels deep.`);
}

/** Whatever reads or writes it later goes down level by level, and has only so much room for that. */
function isWithin(value: unknown, levels: number): boolean {
  if (typeof value !== 'object' || value === null) return true;
  return levels > 0 && Object.values(value).every((each) => isWithin(each, levels - 1));
}

interface Issue {
  readonly path: readonly PropertyKey[];
  readonly message: string;
}

/** Of all that speaks against a request the first thing, and of several readings of it the one that came furthest. */
function clearest(issues: readonly z.core.$ZodIssue[], before: readonly PropertyKey[] = []): Issue {
  const [issue] = issues;
  if (issue === undefined) return { path: before, message: 'was not understood' };
  const path = [...before, ...issue.path];
  if (issue.code !== 'invalid_union') return { path, message: issue.message };
  const readings = issue.errors.filter((reading) => reading.length > 0).map((reading) => clearest(reading, path));
  const furthest = readings.toSorted((one, other) => other.path.length - one.path.length)[0];
  return furthest !== undefined && furthest.path.length > path.length ? furthest : { path, message: issue.message };
}

/** A path as OpenAI writes it: `messages[0].content`. */
function fieldName(path: readonly PropertyKey[]): string {
  return path
    .map((step, place) => (typeof step === 'number' ? `[${step}]` : `${place === 0 ? '' : '.'}${String(step)}`))
    .join('');
}
