/**
 * The most that one image can cost, in tokens, by model family: images are scaled down to a largest size before they
 * are counted, so a URL is as bounded as bytes are. Tile counts at the largest scaled size (768 × 2048: 8 tiles) and
 * patch limits are from OpenAI's images and vision guide; Anthropic's from its vision guide.
 */
export function openAIImageTokens(model: string, detail: unknown): number {
  const low = detail === 'low';
  if (/gpt-4o-mini/.test(model)) return low ? 2833 : 2833 + 8 * 5667;
  if (/gpt-5\.[4-9]|gpt-[6-9]/.test(model)) return low ? 1000 : 16_000;
  if (/(gpt-4\.1|gpt-5)(\.\d)?-(mini|nano)|o4-mini/.test(model)) return Math.ceil(1536 * 2.46);
  return low ? 100 : 85 + 8 * 170;
}

/** Newer models take images of up to 2,576 pixels a side, older ones 1,568. */
export function anthropicImageTokens(newTokenizer: boolean): number {
  return newTokenizer ? 5000 : 1700;
}

/** Audio is a token for every 100 ms; no codec in use goes below 8 kbit/s, that is 100 bytes of it. */
export function audioTokens(base64: unknown): number {
  return typeof base64 === 'string' ? Math.ceil((base64.length * 3) / 4 / 100) + 1 : 0;
}
