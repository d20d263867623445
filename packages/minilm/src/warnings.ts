/** Something to know that did not stop an embedding. Holds no text of yours. */
export interface EmbedderWarning {
  readonly code: 'embedder_fallback' | 'embedder_cache';
  readonly message: string;
}

/** Says what is slow now, why, and what to do. */
export function fallbackWarning(reason: string): EmbedderWarning {
  return {
    code: 'embedder_fallback',
    message: `onnxruntime-node is not to be had, so MiniLM runs on WebAssembly, some 10 times slower. Install it with ONNXRUNTIME_NODE_INSTALL=skip in the environment. The reason: ${reason}`,
  };
}

/** Passes each kind of warning on once. */
export function warnOnce(
  onWarning: (warning: EmbedderWarning) => void = ({ code, message }) => console.warn(`[farthing] ${code}: ${message}`),
): (warning: EmbedderWarning) => void {
  const seen = new Set<string>();
  return (warning) => {
    if (seen.has(warning.code)) return;
    seen.add(warning.code);
    try {
      onWarning(warning);
    } catch {
      // A warning that can't be delivered must not break what it is about.
    }
  };
}
