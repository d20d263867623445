/** Stands for one audit, from the draw to its verdict. */
export interface Ticket {
  readonly id: number;
  /** The controller that drew it. */
  readonly run: string;
}

/** What to do with one candidate. */
export interface Consideration {
  /** Whether the cheap answer may be served. */
  readonly serve: boolean;
  /** Whether it is served under the proved bound; false where nothing is served. */
  readonly proved: boolean;
  /** Nothing is served to this tenant for a while. */
  readonly paused: boolean;
  /** Set if this candidate was drawn for an audit: answer it with `label`, in any order. */
  readonly audit: Ticket | undefined;
}

/** Below every threshold. */
export const nothing: Consideration = { serve: false, proved: false, paused: false, audit: undefined };
/** Above one, and held back. */
export const nothingForNow: Consideration = { serve: false, proved: false, paused: true, audit: undefined };
export const serveProved: Consideration = { serve: true, proved: true, paused: false, audit: undefined };
export const serveUnproved: Consideration = { serve: true, proved: false, paused: false, audit: undefined };
