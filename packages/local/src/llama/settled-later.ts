/** A promise with what settles it: `Promise.withResolvers`, which Node 20 lacks. */
export interface SettledLater<Result> {
  readonly promise: Promise<Result>;
  readonly resolve: (result: Result) => void;
  readonly reject: (error: unknown) => void;
}

export function settledLater<Result>(): SettledLater<Result> {
  let resolve: SettledLater<Result>['resolve'] = () => {};
  let reject: SettledLater<Result>['reject'] = () => {};
  const promise = new Promise<Result>((resolveIt, rejectIt) => {
    resolve = resolveIt;
    reject = rejectIt;
  });
  return { promise, resolve, reject };
}
