import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { readLines } from './line-reader.js';
import { listOf } from './list-of.test-kit.js';

/** A file in memory that is read `step` bytes at a time. */
function fileOf(bytes: Buffer, step: number): Parameters<typeof readLines>[0] {
  const read = (buffer: Buffer, offset: number, length: number, position: number) => {
    const end = Math.min(position + Math.min(length, step), bytes.length);
    return Promise.resolve({ bytesRead: bytes.copy(buffer, offset, position, end), buffer });
  };
  return { read } as Parameters<typeof readLines>[0]; // the one of its forms that is used
}

async function linesOf(text: string, step: number, longest?: number): Promise<(string | undefined)[]> {
  const bytes = Buffer.from(text);
  return listOf(readLines(fileOf(bytes, step), bytes.length, longest));
}

describe('lines of a file', () => {
  it('are what stands between line feeds, however the file comes in pieces', async () => {
    const line = fc.string({ unit: fc.constantFrom('a', 'é', '😀', ' ', '\r', '{') });
    await fc.assert(
      fc.asyncProperty(fc.array(line), fc.integer({ min: 1, max: 9 }), fc.boolean(), async (lines, step, isEnded) => {
        const text = `${lines.join('\n')}${isEnded ? '\n' : ''}`;
        const expected = text.split('\n');
        if (expected.at(-1) === '') expected.pop();
        expect(await linesOf(text, step)).toEqual(expected);
      }),
    );
  });

  it('that are too long are passed by, and the next is whole', async () => {
    for (const step of [1, 3, 100])
      expect(await linesOf(`ab\n${'x'.repeat(50)}\ncd\n${'y'.repeat(11)}`, step, 10)).toEqual([
        'ab',
        undefined,
        'cd',
        undefined,
      ]);
  });
});
