import { randomUUID } from 'node:crypto';
import type { ToolCall } from '../engine.js';
import type { ChunkToolCall } from './chunk.js';

/** Puts calls of tools together that come in parts. */
export interface GatheredCalls {
  readonly push: (part: ChunkToolCall) => void;
  /** The calls in order; `cut`: the answer was cut off, and a call whose arguments are torn is none. */
  readonly whole: (cut: boolean) => readonly ToolCall[];
}

interface GatheredCall {
  readonly index: number;
  id: string | undefined;
  name: string;
  text: string;
}

/** Begins to gather; `newId` names calls that the server left without a name. */
export function gatherCalls(newId: () => string = () => `call_${randomUUID()}`): GatheredCalls {
  const calls: GatheredCall[] = [];
  /** The newest of each number. */
  const newest = new Map<number, GatheredCall>();
  return {
    push: ({ index, id, function: called }) => {
      const at = index ?? calls.at(-1)?.index ?? 0;
      let call = newest.get(at);
      // Ollama before 0.6 numbers all calls 0, and others none: a new id is a new call.
      if (!call || (id && call.id !== undefined && call.id !== id)) {
        call = { index: at, id: undefined, name: '', text: '' };
        calls.push(call);
        newest.set(at, call);
      }
      if (id) call.id = id;
      // The name comes once, or again with every part.
      if (call.name === '') call.name = called?.name ?? '';
      call.text += called?.arguments ?? '';
    },
    whole: (cut) =>
      calls
        .map(({ id, name, text }) => ({ id: id ?? newId(), name, arguments: text === '' ? '{}' : text }))
        .filter((call) => !cut || isJson(call.arguments)),
  };
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}
