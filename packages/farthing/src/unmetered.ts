/** Paths whose POST costs money that the gate can't meter. Reading, listing and uploading cost nothing by themselves. */
const spending: readonly RegExp[] = [
  /\/completions$/, // the legacy text completion; `/chat/completions` is a dialect
  /\/images\/(generations|edits|variations)$/,
  /\/audio\/(speech|transcriptions|translations)$/,
  /\/videos(\/[^/]+\/remix)?$/,
  /\/batches$/,
  /\/fine_tuning\/jobs$/,
  /\/threads\/runs$/,
  /\/threads\/[^/]+\/runs$/,
  /\/evals\/[^/]+\/runs$/,
  /\/realtime\/(sessions|transcription_sessions|client_secrets|calls)$/,
  /\/responses\/compact$/,
  /\/v1\/complete$/,
  /\/rerank$/,
  /:(generatecontent|streamgeneratecontent|batchgeneratecontent|embedcontent|batchembedcontents|predict|predictlongrunning|rawpredict|streamrawpredict)$/,
  /\/v2\/(chat|embed)$/,
  /\/ocr$/,
  /\/containers$/,
  /\/submit_tool_outputs$/,
  /\/model\/[^/]+\/(invoke|invoke-with-response-stream|converse|converse-stream)$/,
];

/**
 * Whether a request spends money at a provider in a way that no dialect reads.
 * @param path in its usual spelling, lower case
 */
export function spendsUnmetered(method: string, path: string): boolean {
  return method === 'POST' && spending.some((pattern) => pattern.test(path));
}
