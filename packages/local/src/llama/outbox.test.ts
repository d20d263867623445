import { describe, expect, it } from 'vitest';
import type { FromChild } from './messages.js';
import { createOutbox } from './outbox.js';

describe('an outbox', () => {
  it('sends the first piece of each request at once, also where a number comes again that was forgotten', () => {
    const sent: FromChild[] = [];
    const outbox = createOutbox((message) => sent.push(message));
    const reasoning = { kind: 'reasoning', text: 'so' } as const;
    outbox.put(1, reasoning);
    outbox.put(1, reasoning);
    expect(sent).toHaveLength(1);
    outbox.put(2, reasoning);
    expect(sent).toEqual([
      { kind: 'pieces', pieces: [[1, reasoning]] },
      {
        kind: 'pieces',
        pieces: [
          [1, reasoning],
          [2, reasoning],
        ],
      },
    ]);
    outbox.forget(1);
    outbox.put(1, reasoning);
    expect(sent).toHaveLength(3);
  });
});
