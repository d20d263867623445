import { describe, expect, it } from 'vitest';
import { unfenced } from './unfenced.js';

describe('unfenced', () => {
  it.each([
    ['```json\n{"a": 1}\n```', '{"a": 1}'],
    ['  ```\n[1]\n\n  ```  ', '[1]'],
    ['{"a": 1}', '{"a": 1}'],
    ['```python\n[1]\n```', '```python\n[1]\n```'],
    ['``` ```', '``` ```'],
    ['```\nopen', '```\nopen'],
  ])('%j', (text, inner) => {
    expect(unfenced(text)).toBe(inner);
  });

  it('reads an answer that was written to make a pattern backtrack', () => {
    const hostile = `\`\`\`${'\n'.repeat(200_000)}x`;
    expect(unfenced(hostile)).toBe(hostile);
  });
});
