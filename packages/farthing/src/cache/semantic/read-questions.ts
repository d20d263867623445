import { LRUCache } from 'lru-cache';
import { type Question, readQuestion } from '../guard/compare.js';

/** Stored questions as the guard reads them: reading one takes longer than comparing it. */
export interface ReadQuestions {
  /** The question of an entry; read now, if it is not known. */
  readonly of: (entry: { readonly id: string; readonly question: string }) => Question;
  /** Keeps what was read already. */
  readonly set: (id: string, question: Question) => void;
  readonly delete: (id: string) => void;
}

/** Room for some 12,000 questions of ten words. */
const defaultMaxBytes = 24 * 1024 * 1024;

/** Keeps the questions that were compared last, as many as there is room for; others are read anew. */
export function createReadQuestions(maxBytes: number = defaultMaxBytes): ReadQuestions {
  const known = new LRUCache<string, Question>({ maxSize: maxBytes, sizeCalculation: bytesOfQuestion });
  return {
    of: ({ id, question }) => {
      const before = known.get(id);
      if (before) return before;
      const read = readQuestion(question);
      known.set(id, read);
      return read;
    },
    set: (id, question) => {
      known.set(id, question);
    },
    delete: (id) => {
      known.delete(id);
    },
  };
}

/** Measured: 1.9 kB for ten words, 65 kB for 570. */
function bytesOfQuestion({ tokens, text }: Question): number {
  return 600 + 110 * tokens.length + 2 * text.length;
}
