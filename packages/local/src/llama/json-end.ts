/** Tells when a JSON object or list that comes in pieces is complete: a grammar lets a model write blanks after it for ever. */
export interface JsonEnd {
  /** Takes the next piece. @returns the position in it just behind the end, or `undefined` while it goes on */
  readonly push: (text: string) => number | undefined;
}

export function createJsonEnd(): JsonEnd {
  let depth = 0;
  let inString = false;
  let escaped = false;
  return {
    push: (text) => {
      for (let at = 0; at < text.length; at += 1) {
        const character = text[at];
        if (escaped) escaped = false;
        else if (inString && character === '\\') escaped = true;
        else if (character === '"') inString = !inString;
        else if (!inString && (character === '{' || character === '[')) depth += 1;
        else if (!inString && (character === '}' || character === ']')) {
          depth -= 1;
          if (depth === 0) return at + 1;
        }
      }
      return undefined;
    },
  };
}
